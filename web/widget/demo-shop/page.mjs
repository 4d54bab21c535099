// The page of a demo shop. Both languages are in it; the language of <html> decides which one is seen.

const both = (text, tag = "span") => `<${tag} lang="zh-CN">${text.zh}</${tag}><${tag} lang="en">${text.en}</${tag}>`;

const product = (item) => `
      <li class="product tint-${item.tint}">
        <div class="picture">${item.tag ? `<span class="tag">${both(item.tag)}</span>` : ""}${item.art}</div>
        <h3>${both({ zh: item.zh[0], en: item.en[0] })}</h3>
        <p class="about">${both({ zh: item.zh[1], en: item.en[1] })}</p>
        <p class="price"><b>¥${item.price}</b> <span class="unit">${both(item.unit)}</span><span class="sku">${item.sku}</span></p>
        <button type="button" class="ask" data-ask>${both({ zh: "咨询这一款", en: "Ask about it" })}</button>
      </li>`;

const order = (item) => `
      <li class="order">
        <div><p class="no">${item.no}</p><p class="what">${both({ zh: item.zh[0], en: item.en[0] })}</p></div>
        <span class="state ${item.state}">${both({ zh: item.zh[1], en: item.en[1] })}</span>
        <span class="total">¥${item.total}</span>
        <button type="button" class="copy" data-copy="${item.no}">${both({ zh: "复制单号", en: "Copy number" })}</button>
      </li>`;

export const page = (shop) => `<!doctype html>
<html lang="zh-CN" class="${shop.theme}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
  <meta name="robots" content="noindex">
  <title>${shop.name.zh} · ${shop.name.en}</title>
  <link rel="icon" href="/demo/shop/${shop.theme}.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/demo/shop/shop.css">
  <script src="/demo/shop/shop.js" defer></script>
  <script src="/widget/v1/loader.js" data-inbox="{{inbox_id}}" async></script>
</head>
<body>
  <header class="bar">
    <a class="brand" href="#top"><span class="seal" aria-hidden="true">${shop.seal}</span>${both(shop.name)}</a>
    <nav aria-label="Shop">
      <a href="#products">${both(shop.productsTitle)}</a>
      <a href="#orders">${both(shop.ordersTitle)}</a>
    </nav>
    <button type="button" class="language" data-language><span lang="en">中文</span><span lang="zh-CN">English</span></button>
  </header>
  <main id="top">
    <section class="hero">
      ${shop.hero.art}
      <div class="words">
        <p class="kicker">${both(shop.hero.kicker)}</p>
        <h1>${both(shop.hero.title)}</h1>
        <p class="lead">${both(shop.hero.text)}</p>
        <p class="actions"><a class="go" href="#products">${both({ zh: "看看货架", en: "Browse" })}</a><button type="button" class="talk" data-ask>${both({ zh: "和客服聊聊", en: "Talk to us" })}</button></p>
      </div>
    </section>
    <ul class="facts">${shop.facts
      .map((fact) => `<li><b>${both({ zh: fact.zh[0], en: fact.en[0] })}</b>${both({ zh: fact.zh[1], en: fact.en[1] })}</li>`)
      .join("")}</ul>
    <section id="products">
      <h2>${both(shop.productsTitle)}</h2>
      <p class="sub">${both(shop.productsText)}</p>
      <ul class="products">${shop.products.map(product).join("")}
      </ul>
    </section>
    <section id="orders">
      <h2>${both(shop.ordersTitle)}</h2>
      <p class="sub">${both(shop.ordersText)}</p>
      <ul class="orders">${shop.orders.map(order).join("")}
      </ul>
    </section>
  </main>
  <footer>
    <p>${both({ zh: "这是 Plugboard 的演示店铺，商品与订单均为虚构。", en: "A demo shop of Plugboard; its goods and orders are made up." })}</p>
    <p><a href="${shop.other.href}">${both(shop.other)}</a></p>
  </footer>
</body>
</html>
`;
