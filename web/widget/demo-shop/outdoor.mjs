import { bag, camp, jacket, mug, pack, poles, tent } from "./art.mjs";

/** Gear for people who go further. */
export const outdoor = {
  file: "outdoor.html",
  theme: "outdoor",
  name: { zh: "北径户外", en: "Northtrail Outdoor" },
  seal: "北",
  other: { href: "/demo/shop", zh: "去看看「山岚茶事」", en: "Visit Mountain Mist Tea" },
  hero: {
    art: camp(),
    kicker: { zh: "冬季装备 · 已到仓", en: "Winter gear is in" },
    title: { zh: "走得再远一点，<br>也睡得更暖一点", en: "Walk further.<br>Sleep warmer." },
    text: {
      zh: "每一件装备都由我们自己在川西背过、睡过、淋过雨，再上架。坏了，终身可修。",
      en: "We carry, sleep in and rain-test everything ourselves before we sell it. If it breaks, we repair it. For life.",
    },
  },
  facts: [
    { zh: ["满 ¥299 包邮", "24 小时内发货"], en: ["Free shipping over ¥299", "Leaves us within 24 hours"] },
    { zh: ["三十天试用", "不合适就退"], en: ["Thirty days to try", "Send it back if it does not fit"] },
    { zh: ["终身维修", "只收成本"], en: ["Repairs for life", "At cost"] },
  ],
  productsTitle: { zh: "这一季的装备", en: "This season's gear" },
  productsText: { zh: "尺码、温标、能不能上飞机：点右下角问我们。", en: "Sizes, temperature ratings, cabin rules: ask us, bottom right." },
  products: [
    { art: tent("#e9812f", "#b95c1b", "#3b4657"), tint: "a", zh: ["轻羽 2 人帐篷", "1.4 千克，抗风 8 级，前厅能放两只包。"], en: ["Featherlight 2P tent", "1.4 kg, stands in a gale, porch for two packs."], unit: { zh: "两人", en: "for two" }, price: "1,499", sku: "NT-2001", tag: { zh: "新款", en: "New" } },
    { art: jacket("#2f6f8f", "#1f4d66", "#f0b34c"), tint: "c", zh: ["风棱冲锋衣", "三层压胶，腋下透气，可放进自己的口袋。"], en: ["Ridge shell jacket", "Three layers, taped seams, packs into its pocket."], unit: { zh: "S – XXL", en: "S – XXL" }, price: "899", sku: "NT-3012", tag: { zh: "尺码齐", en: "All sizes" } },
    { art: pack("#4b6f5a", "#33503f", "#e9b44c"), tint: "b", zh: ["45L 徒步背包", "可调背长，雨罩内藏，送腰包。"], en: ["45 L trekking pack", "Adjustable back, hidden rain cover."], unit: { zh: "45 升", en: "45 l" }, price: "699", sku: "NT-1045" },
    { art: poles("#39424f", "#2a323d", "#e9812f"), tint: "e", zh: ["碳纤维登山杖", "一对 380 克，三节外锁，附雪托。"], en: ["Carbon poles", "380 g a pair, three sections, snow baskets included."], unit: { zh: "一对", en: "a pair" }, price: "459", sku: "NT-5031" },
    { art: bag("#5a7f63", "#41604a", "#e8a05a"), tint: "d", zh: ["零下 5 度睡袋", "750 蓬鹅绒，净重 860 克。"], en: ["−5 °C sleeping bag", "750-fill goose down, 860 g."], unit: { zh: "−5℃", en: "−5 °C" }, price: "1,180", sku: "NT-4005" },
    { art: mug("#c9ced6", "#9aa3ae", "#4a5361"), tint: "f", zh: ["钛杯 450ml", "纯钛单层，58 克，可直接上炉头。"], en: ["450 ml titanium mug", "Single wall, 58 g, goes straight on the stove."], unit: { zh: "450 毫升", en: "450 ml" }, price: "168", sku: "NT-5102" },
  ],
  ordersTitle: { zh: "我的订单", en: "Your orders" },
  ordersText: { zh: "演示数据。复制订单号，去和客服聊聊看。", en: "Demo data. Copy an order number and ask the desk about it." },
  orders: [
    { no: "NT2026119102", zh: ["轻羽 2 人帐篷 × 1", "待发货"], en: ["Featherlight 2P tent × 1", "Being packed"], total: "1,499", state: "way" },
    { no: "NT2026112876", zh: ["风棱冲锋衣 L 码 × 1", "已签收 · 可换码"], en: ["Ridge shell jacket, L × 1", "Delivered, can be exchanged"], total: "899", state: "done" },
    { no: "NT2026110354", zh: ["零下 5 度睡袋 × 1", "维修中"], en: ["−5 °C sleeping bag × 1", "In repair"], total: "0", state: "back" },
  ],
};
