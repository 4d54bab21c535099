// Somebody else's website that embeds the widget: another origin, and a policy that allows our script and our frame only.
import { createServer } from "node:http";

export async function startShop(desk, lang = "en") {
  const page = `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A shop</title>
<link rel="icon" href="data:,"><script src="${desk.url}/widget/v1/loader.js" data-inbox="${desk.inbox.id}" async></script></head>
<body><main><h1>A shop</h1><p>Tea, and nothing but tea.</p></main></body></html>`;
  const server = createServer((_, response) => {
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; img-src data:; script-src ${desk.url}; frame-src ${desk.url}`,
    });
    response.end(page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}
