// The demo shop's own script: language, "ask" buttons, copying an order number. The chat is the loader's business.
const root = document.documentElement;

const setLanguage = (tag) => {
  root.lang = tag;
  try {
    localStorage.setItem("demo-shop-language", tag);
  } catch {
    // Then it lasts for this page.
  }
};

let kept = null;
try {
  kept = localStorage.getItem("demo-shop-language");
} catch {
  // Then the browser's language decides.
}
const asked = new URLSearchParams(location.search).get("lang");
const first = asked ?? kept ?? navigator.language;
root.lang = /^zh/i.test(first) ? "zh-CN" : "en";

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if ("language" in button.dataset) setLanguage(root.lang.startsWith("zh") ? "en" : "zh-CN");
  if ("ask" in button.dataset) window.plugboard?.open?.();
  if (button.dataset.copy) {
    void navigator.clipboard?.writeText(button.dataset.copy).then(() => {
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 1400);
    });
  }
});
