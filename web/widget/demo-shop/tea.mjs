import { cake, cups, gaiwan, gift, pot, teaHills, tin } from "./art.mjs";

const deep = "#23453a";

/** A tea shop in the mountains of Wuyi. */
export const tea = {
  file: "index.html",
  theme: "tea",
  name: { zh: "山野茶事", en: "Shanye Tea" },
  seal: "茶",
  other: { href: "/demo/outdoor", zh: "去看看「远山户外」", en: "Visit Farpeak Outdoor" },
  hero: {
    art: teaHills(),
    kicker: { zh: "二〇二六 · 秋茶上新", en: "Autumn harvest 2026" },
    title: { zh: "把一座山的清晨，<br>泡进一只杯子里", en: "A mountain morning,<br>poured into a cup" },
    text: {
      zh: "我们与武夷、安溪、勐海的十一户茶农一起做茶：不追年份，不讲故事，只把好茶按时寄到您手上。",
      en: "We work with eleven growers in Wuyi, Anxi and Menghai. No legends, no hype: good tea, honestly priced, sent on time.",
    },
  },
  facts: [
    { zh: ["满 ¥199 包邮", "顺丰 48 小时内发货"], en: ["Free shipping over ¥199", "Leaves us within 48 hours"] },
    { zh: ["七天无理由", "未开封随时退换"], en: ["Seven days to return", "Unopened, no questions"] },
    { zh: ["真人客服", "每天 9:00 – 22:00"], en: ["People, not bots", "Every day, 9:00 – 22:00"] },
  ],
  productsTitle: { zh: "本季茶单", en: "This season" },
  productsText: { zh: "有拿不准的，点右下角问我们：口味、冲泡、库存都可以问。", en: "Not sure? Ask us, bottom right: taste, brewing, stock, anything." },
  products: [
    { art: gaiwan("#f4efe4", "#b5652b", deep), tint: "a", zh: ["武夷肉桂 · 牛栏坑", "岩骨花香，桂皮辛锐，耐泡八道以上。"], en: ["Wuyi Rougui, Niulankeng", "Mineral and cinnamon-sharp; eight infusions and more."], unit: { zh: "80 克", en: "80 g" }, price: "268", sku: "SY-1021", tag: { zh: "新上", en: "New" } },
    { art: cake("#efe4cc", "#5b3a29", "#a8321f"), tint: "b", zh: ["勐海熟普 · 2019 饼", "干仓五年，汤色红浓，入口甜糯。"], en: ["Menghai ripe pu-erh, 2019", "Five years dry-stored. Dark, soft and sweet."], unit: { zh: "357 克", en: "357 g" }, price: "328", sku: "SY-2019" },
    { art: tin("#5c8f76", "#efe7d2", deep), tint: "c", zh: ["安溪铁观音 · 清香", "兰花香高扬，冷泡也极好喝。"], en: ["Anxi Tieguanyin, light roast", "Bright orchid scent; wonderful cold-brewed."], unit: { zh: "125 克", en: "125 g" }, price: "158", sku: "SY-1108", tag: { zh: "回购最多", en: "Bought again most" } },
    { art: pot("#a5573b", "#6f3524"), tint: "d", zh: ["宜兴紫砂壶 · 西施", "手工全捶，容量 180 毫升，附泥料证书。"], en: ["Yixing clay pot, “Xishi”", "Hand-beaten, 180 ml, with clay certificate."], unit: { zh: "一把", en: "one" }, price: "680", sku: "SY-5003" },
    { art: cups("#dfe9e4", "#c98a3a", "#6b5138"), tint: "e", zh: ["青瓷对杯 · 雨过", "龙泉梅子青，两只一盒，可刻字。"], en: ["Celadon cups, a pair", "Longquan plum green; two in a box, engraving possible."], unit: { zh: "两只", en: "two" }, price: "198", sku: "SY-5017" },
    { art: gift("#b4472f", "#e9c46a", "#8c3221"), tint: "f", zh: ["四时礼盒 · 春夏秋冬", "四款小罐茶，附手写贺卡。"], en: ["Four Seasons gift box", "Four small tins and a handwritten card."], unit: { zh: "4 × 30 克", en: "4 × 30 g" }, price: "398", sku: "SY-8004", tag: { zh: "送礼", en: "Gift" } },
  ],
  ordersTitle: { zh: "我的订单", en: "Your orders" },
  ordersText: { zh: "演示数据。复制订单号，去和客服聊聊看。", en: "Demo data. Copy an order number and ask the desk about it." },
  orders: [
    { no: "SY20261118-0427", zh: ["武夷肉桂 × 2", "运输中 · 顺丰"], en: ["Wuyi Rougui × 2", "On its way"], total: "536", state: "way" },
    { no: "SY20261115-0193", zh: ["宜兴紫砂壶 × 1", "已签收"], en: ["Yixing clay pot × 1", "Delivered"], total: "680", state: "done" },
    { no: "SY20261109-0088", zh: ["四时礼盒 × 3", "退款处理中"], en: ["Gift box × 3", "Refund in progress"], total: "1,194", state: "back" },
  ],
};
