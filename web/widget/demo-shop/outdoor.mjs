import { bag, boot, camp, lamp, pack, stove, tent } from "./art.mjs";

/** Gear for people who go further. */
export const outdoor = {
  file: "outdoor.html",
  theme: "outdoor",
  name: { zh: "远山户外", en: "Farpeak Outdoor" },
  seal: "山",
  other: { href: "/demo/shop", zh: "去看看「山野茶事」", en: "Visit Shanye Tea" },
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
    { art: tent("#e9812f", "#b95c1b", "#3b4657"), tint: "a", zh: ["云脊 2 双人帐", "1.9 千克，抗风 8 级，前厅能放两只包。"], en: ["Ridge 2 tent", "1.9 kg, stands in a gale, porch for two packs."], unit: { zh: "两人", en: "for two" }, price: "1,499", sku: "FP-2001", tag: { zh: "新款", en: "New" } },
    { art: pack("#3f6c8f", "#2b4d69", "#e9b44c"), tint: "b", zh: ["远行 55 背包", "可调背长，雨罩内藏，送腰包。"], en: ["Trek 55 pack", "Adjustable back, hidden rain cover."], unit: { zh: "55 升", en: "55 l" }, price: "899", sku: "FP-1055" },
    { art: boot("#8a5a3b", "#6b432a", "#2a2f38"), tint: "c", zh: ["磐石中帮登山靴", "真皮防水，大底可更换。"], en: ["Bedrock mid boot", "Waterproof leather, can be resoled."], unit: { zh: "36 – 46 码", en: "36 – 46" }, price: "1,099", sku: "FP-3012", tag: { zh: "尺码齐", en: "All sizes" } },
    { art: bag("#5a7f63", "#41604a", "#e8a05a"), tint: "d", zh: ["暖夜 −8℃ 睡袋", "750 蓬鹅绒，净重 960 克。"], en: ["Warmnight −8 °C bag", "750-fill goose down, 960 g."], unit: { zh: "−8℃", en: "−8 °C" }, price: "1,280", sku: "FP-4008" },
    { art: stove("#c3cad3", "#7b8694", "#f08a3c"), tint: "e", zh: ["一壶 快煮炉", "两分半烧开 500 毫升。"], en: ["One Pot stove", "Boils half a litre in two and a half minutes."], unit: { zh: "380 克", en: "380 g" }, price: "359", sku: "FP-5031" },
    { art: lamp("#3b4657", "#ffcf70", "#2a323f"), tint: "f", zh: ["萤火 营地灯", "三档暖光，续航 80 小时。"], en: ["Firefly camp light", "Three warm settings, 80 hours."], unit: { zh: "USB-C", en: "USB-C" }, price: "168", sku: "FP-5102" },
  ],
  ordersTitle: { zh: "我的订单", en: "Your orders" },
  ordersText: { zh: "演示数据。复制订单号，去和客服聊聊看。", en: "Demo data. Copy an order number and ask the desk about it." },
  orders: [
    { no: "FP20261119-1102", zh: ["云脊 2 双人帐 × 1", "待发货"], en: ["Ridge 2 tent × 1", "Being packed"], total: "1,499", state: "way" },
    { no: "FP20261112-0876", zh: ["磐石登山靴 42 码 × 1", "已签收 · 可换码"], en: ["Bedrock boot, 42 × 1", "Delivered, can be exchanged"], total: "1,099", state: "done" },
    { no: "FP20261103-0541", zh: ["暖夜睡袋 × 1", "维修中"], en: ["Warmnight bag × 1", "In repair"], total: "0", state: "back" },
  ],
};
