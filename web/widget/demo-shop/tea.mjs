import { cake, cups, gaiwan, gift, teaHills, tin } from "./art.mjs";

const deep = "#23453a";

/** A tea shop in the mountains. Names, goods and order numbers are those of the demo desk. */
export const tea = {
  file: "index.html",
  theme: "tea",
  name: { zh: "山岚茶事", en: "Mountain Mist Tea" },
  seal: "茶",
  other: { href: "/demo/outdoor", zh: "去看看「北径户外」", en: "Visit Northtrail Outdoor" },
  hero: {
    art: teaHills(),
    kicker: { zh: "二〇二六 · 秋茶上新", en: "Autumn harvest 2026" },
    title: { zh: "把一座山的清晨，<br>泡进一只杯子里", en: "A mountain morning,<br>poured into a cup" },
    text: {
      zh: "我们与龙井、桐木、福鼎的十一户茶农一起做茶：不追年份，不讲故事，只把好茶按时寄到您手上。",
      en: "We work with eleven growers in Longjing, Tongmu and Fuding. No legends, no hype: good tea, honestly priced, sent on time.",
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
    { art: tin("#5c8f76", "#efe7d2", deep), tint: "c", zh: ["明前龙井", "清明前三日手采，豆香清甜，一季只此一批。"], en: ["Pre-Qingming Longjing", "Picked by hand before the rains; chestnut-sweet. One batch a year."], unit: { zh: "125 克", en: "125 g" }, price: "388", sku: "SL-1021", tag: { zh: "今年的", en: "This year's" } },
    { art: cake("#efe4cc", "#7a6a4c", "#a8321f"), tint: "b", zh: ["老白茶饼", "福鼎二〇一九，枣香药香，可煮可泡。"], en: ["Aged white tea cake", "Fuding, 2019. Dates and honey; steep it or simmer it."], unit: { zh: "357 克", en: "357 g" }, price: "328", sku: "SL-2019" },
    { art: cups("#dfe9e4", "#d9983f", "#6b5138"), tint: "a", zh: ["桂花乌龙", "今秋金桂三窨，花香落在茶汤里。"], en: ["Osmanthus oolong", "Scented three times with this autumn's blossom."], unit: { zh: "150 克", en: "150 g" }, price: "158", sku: "SL-1108", tag: { zh: "新上", en: "New" } },
    { art: gift("#b4472f", "#e9c46a", "#8c3221"), tint: "f", zh: ["正山小种", "桐木关松烟香，礼盒装，附手写贺卡。"], en: ["Lapsang Souchong", "Pine-smoked in Tongmu. In a gift box, with a handwritten card."], unit: { zh: "250 克", en: "250 g" }, price: "298", sku: "SL-8004", tag: { zh: "送礼", en: "Gift" } },
    { art: tin("#e8e2d2", "#7fa08f", "#3e5a4e"), tint: "d", zh: ["茉莉银针", "六窨一提，白毫如针，冷泡也香。"], en: ["Jasmine needle tea", "Six layers of jasmine on silver tips; lovely cold."], unit: { zh: "100 克", en: "100 g" }, price: "218", sku: "SL-1204" },
    { art: gaiwan("#cfe0d6", "#a9682f", "#4e7566"), tint: "e", zh: ["青瓷盖碗套装", "龙泉梅子青，一碗两杯，可刻字。"], en: ["Celadon gaiwan set", "Longquan plum green; one bowl, two cups, engraving possible."], unit: { zh: "一套", en: "a set" }, price: "368", sku: "SL-5017" },
  ],
  ordersTitle: { zh: "我的订单", en: "Your orders" },
  ordersText: { zh: "演示数据。复制订单号，去和客服聊聊看。", en: "Demo data. Copy an order number and ask the desk about it." },
  orders: [
    { no: "SL2026118427", zh: ["明前龙井 × 2", "运输中 · 顺丰"], en: ["Longjing × 2", "On its way"], total: "776", state: "way" },
    { no: "SL2026115193", zh: ["青瓷盖碗套装 × 1", "已签收"], en: ["Celadon gaiwan set × 1", "Delivered"], total: "368", state: "done" },
    { no: "SL2026110988", zh: ["正山小种 × 3", "退款处理中"], en: ["Lapsang Souchong × 3", "Refund in progress"], total: "894", state: "back" },
  ],
};
