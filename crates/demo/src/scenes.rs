//! The scenes of the week: our own texts about invented shops, people and orders.

use plugboard_domain::conversation::{Priority, Stage};

/// Which shop a scene plays in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    Tea,
    Outdoor,
}

/// One line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    Customer(&'static str),
    Agent(&'static str),
    Note(&'static str),
}

/// How a conversation ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    Open,
    Resolved(&'static str),
    /// Returns after these hours.
    Snoozed(u64),
}

/// A conversation to play.
pub(crate) struct Scene {
    pub(crate) site: Site,
    pub(crate) chinese: bool,
    pub(crate) stage: Stage,
    pub(crate) aftersale: bool,
    pub(crate) priority: Priority,
    pub(crate) tags: &'static [&'static str],
    pub(crate) ending: Ending,
    pub(crate) lines: &'static [Line],
}

pub(crate) const TEAS_ZH: &[&str] = &[
    "明前龙井 125g",
    "正山小种 250g",
    "老白茶饼 357g",
    "桂花乌龙 150g",
    "茉莉银针 100g",
    "青瓷盖碗套装",
];
pub(crate) const TEAS_EN: &[&str] = &[
    "Pre-Qingming Longjing",
    "Lapsang Souchong",
    "aged white tea cake",
    "osmanthus oolong",
    "jasmine needle tea",
    "celadon gaiwan set",
];
pub(crate) const GEAR_ZH: &[&str] = &[
    "轻羽 2 人帐篷",
    "风棱冲锋衣",
    "45L 徒步背包",
    "碳纤维登山杖",
    "零下 5 度睡袋",
    "钛杯 450ml",
];
pub(crate) const GEAR_EN: &[&str] = &[
    "Featherlight 2P tent",
    "Ridge shell jacket",
    "45 L trekking pack",
    "carbon poles",
    "-5 °C sleeping bag",
    "450 ml titanium mug",
];

pub(crate) const CUSTOMERS_ZH: &[(&str, &str)] = &[
    ("林悦", "linyue"),
    ("何俊杰", "hejunjie"),
    ("苏婉清", "suwanqing"),
    ("郭子涵", "guozihan"),
    ("唐嘉怡", "tangjiayi"),
    ("沈浩然", "shenhaoran"),
    ("许诗雨", "xushiyu"),
    ("邓晓峰", "dengxiaofeng"),
    ("叶知秋", "yezhiqiu"),
    ("冯雪", "fengxue"),
    ("韩立", "hanli"),
    ("罗一鸣", "luoyiming"),
    ("宋雨桐", "songyutong"),
    ("谢安然", "xieanran"),
    ("曹文博", "caowenbo"),
    ("彭佳", "pengjia"),
    ("蒋梦琪", "jiangmengqi"),
    ("丁磊磊", "dingleilei"),
    ("魏小满", "weixiaoman"),
    ("秦朗", "qinlang"),
];
pub(crate) const CUSTOMERS_EN: &[(&str, &str)] = &[
    ("Olivia Grant", "olivia.grant"),
    ("Noah Fischer", "noah.fischer"),
    ("Amelia Rossi", "amelia.rossi"),
    ("Lucas Moreau", "lucas.moreau"),
    ("Isla Murray", "isla.murray"),
    ("Ethan Novak", "ethan.novak"),
    ("Chloe Andersen", "chloe.andersen"),
    ("Mateo Silva", "mateo.silva"),
    ("Freya Lind", "freya.lind"),
    ("Oscar Byrne", "oscar.byrne"),
    ("Hannah Weiss", "hannah.weiss"),
    ("Leo Tanaka", "leo.tanaka"),
];

use Line::{Agent as A, Customer as C, Note as N};

pub(crate) const SCENES: &[Scene] = &[
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["商品"],
        ending: Ending::Resolved("已下单"),
        lines: &[
            C("你好，{product}和去年的比口感怎么样？平时喝得比较清淡"),
            A(
                "您好，欢迎光临！今年的{product}采摘时雨水少，香气更高一些，口感偏鲜爽，清淡的话很适合您。",
            ),
            C("送长辈合适吗，有没有礼盒"),
            A("合适的，礼盒装加 28 元，附手写贺卡。咱们现在下单今天下午就能发出。"),
            C("好的，那拍一份，地址写的公司可以吗"),
            A("可以的，已经帮您备注工作日送达，付款后我们会尽快安排。"),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::InSale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["快递"],
        ending: Ending::Resolved("已解答"),
        lines: &[
            C("订单{order}什么时候发货啊"),
            A("您好，我马上帮您查询。"),
            A("已经打包好了，今天 18 点前交给顺丰，单号{waybill}，您可以在订单页看到轨迹。"),
            C("好的谢谢"),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Aftersale,
        aftersale: true,
        priority: Priority::High,
        tags: &["售后", "破损", "退款"],
        ending: Ending::Resolved("退款"),
        lines: &[
            C("收到的{product}罐子瘪了，里面茶也撒了一些，订单{order}，我要退款"),
            A("非常抱歉给您带来不便！请不要着急，方便拍一张外箱和罐子的照片吗？我马上为您处理。"),
            C("照片已经发邮箱了，外箱没破，应该是你们装的时候就这样"),
            N("外箱完好，疑似出库前破损，已反馈库房核对批次。按破损全额退款处理。"),
            A(
                "照片收到了，确实是我们的责任。已为您申请全额退款，1 个工作日内原路退回，破损的茶不用寄回。",
            ),
            C("处理得挺快，谢谢"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: false,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["sizing"],
        ending: Ending::Resolved("ordered"),
        lines: &[
            C(
                "Hi! I am 178 cm, 74 kg. Which size of the {product} should I take if I layer a fleece under it?",
            ),
            A(
                "Hi, thanks for asking before buying! With a fleece underneath take L; M would be tight across the shoulders.",
            ),
            C("And can I swap it if it does not fit?"),
            A("Of course: 30 days, unworn, and the return label is free."),
            C("Perfect, ordering now."),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["价格"],
        ending: Ending::Resolved("已下单"),
        lines: &[
            C("{product}能不能便宜点，第一次来，好的话下次带朋友来"),
            A(
                "谢谢您的喜欢！这款是茶园直发，价格已经很实在了。咱们满 200 可以减 20，我帮您看看怎么凑最划算？",
            ),
            C("那再加一个茉莉的小罐呢"),
            A("加上后正好 218，减完 198，还送两泡试饮装。"),
            C("行，就这样拍了"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: false,
        stage: Stage::InSale,
        aftersale: false,
        priority: Priority::High,
        tags: &["delivery"],
        ending: Ending::Snoozed(30),
        lines: &[
            C(
                "Order {order} shows \"in transit\" since Monday and I leave for the Alps on Saturday. Will it arrive?",
            ),
            A(
                "I understand the worry. I have just asked the carrier; the parcel {waybill} is in the Lyon hub.",
            ),
            N(
                "Carrier promises a scan by tomorrow 10:00. If there is none, ship a replacement by express.",
            ),
            A(
                "They promise a scan tomorrow morning. If there is none by 10:00 I send a second one by express at our cost.",
            ),
            C("Thank you, that takes the stress away."),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: true,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["商品", "尺码"],
        ending: Ending::Resolved("已解答"),
        lines: &[
            C("{product}防水指数多少？周末去武功山，预报有雨"),
            A("您好！面料静水压 10000mm，接缝全压胶，中雨没有问题。武功山风大，建议把风绳也带上。"),
            C("两个人加两个大包放得下吗"),
            A("内帐 130cm 宽，两人躺平刚好，大包可以放在前厅，前厅有 60cm 深。"),
            C("明白了，今天下单周五能到南昌吗"),
            A("16 点前付款今天发顺丰，周四到南昌，请放心。"),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Aftersale,
        aftersale: true,
        priority: Priority::Normal,
        tags: &["售后", "退换货"],
        ending: Ending::Resolved("换货"),
        lines: &[
            C("发错了吧，我买的是{product}，收到的是大红袍"),
            A("您好！先不要着急，我核对一下订单{order}。"),
            N("核实：出库扫码串单，与 SL2026118842 互换。库房已知晓。"),
            A(
                "确实是我们发错了，非常抱歉。正确的今天补发顺丰，发错的那份到付寄回即可，另外送您一罐桂花乌龙表示歉意。",
            ),
            C("还可以，快点发就行"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: false,
        stage: Stage::Aftersale,
        aftersale: true,
        priority: Priority::High,
        tags: &["refund", "defect"],
        ending: Ending::Resolved("refund"),
        lines: &[
            C(
                "The zip of my {product} split on the first night. Order {order}. I would like my money back.",
            ),
            A(
                "I am sorry, that must not happen, least of all outside. Could you send one photo of the zip?",
            ),
            C("Sent. I used it twice, with care."),
            N("Third zip report for this batch this month: told the maker, see the batch list."),
            A(
                "Thank you. It is a fault in the slider. I have refunded {price} € to your card; you have it within three days.",
            ),
            C("That was painless. I will order again."),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::InSale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["改地址"],
        ending: Ending::Resolved("已修改"),
        lines: &[
            C("在吗，刚拍的{order}地址填错了，能改吗"),
            A("在的！还没有出库，可以改。麻烦您把新的地址、收件人和电话发我一下。"),
            C("浙江省杭州市西湖区文三路 90 号 3 幢，秦先生"),
            A("已经帮您改好并备注了，请您核对一下订单页的收货信息。"),
            C("对了，没问题"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: true,
        stage: Stage::Aftersale,
        aftersale: true,
        priority: Priority::Urgent,
        tags: &["投诉", "物流延误"],
        ending: Ending::Open,
        lines: &[
            C("{order}都八天了还没到，明天就出发了！你们到底发没发货？再不处理我就投诉了"),
            A("非常抱歉让您久等！我已经联系快递加急，单号{waybill}，现在卡在中转站。"),
            C("每次都说加急，我要一个准话"),
            N("客户明早 7 点出发。已请示主管：同城门店调货，闪送到家，费用我方承担。"),
            A(
                "这样，我们从杭州门店调一件同款，今晚 21 点前闪送到您家，原包裹到了您拒收就行。可以吗？",
            ),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: false,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["shipping abroad"],
        ending: Ending::Resolved("answered"),
        lines: &[
            C("Hello, do you ship the {product} to Germany, and do I pay customs?"),
            A(
                "Hello! Yes, by DHL in 6 to 9 days. Up to 150 € we handle the import VAT, so nothing is due at the door.",
            ),
            C("Great. Is the tea vacuum packed?"),
            A("Yes, in 50 g foil packs inside the tin, so that it stays fresh after opening."),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Review,
        aftersale: true,
        priority: Priority::High,
        tags: &["评价", "差评"],
        ending: Ending::Resolved("已回访"),
        lines: &[
            C("茶味道一般，跟描述的不一样，我已经给了中评"),
            A("非常抱歉没有让您满意！方便说说您冲泡的水温和时间吗？也许我能帮您找到原因。"),
            C("开水直接冲的，闷了五分钟，很苦"),
            A(
                "这款比较嫩，80 度水、30 秒出汤会鲜甜很多。我给您补寄两泡试饮，您再试一次好吗？不满意我们给您退。",
            ),
            C("好吧，我再试试，不好喝再找你"),
            N("7 天后回访，看是否愿意修改评价。不以补偿换评价。"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: false,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Low,
        tags: &["stock"],
        ending: Ending::Snoozed(72),
        lines: &[
            C("When will the {product} be back in stock in green?"),
            A(
                "Hi! The next delivery is due in about three days. Shall I write to you when it is here?",
            ),
            C("Yes please."),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: true,
        stage: Stage::InSale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["发票"],
        ending: Ending::Resolved("已开票"),
        lines: &[
            C("{order}可以开公司抬头的发票吗"),
            A("可以的，请提供公司名称和税号，电子发票一个工作日内发到您的邮箱。"),
            C("已经在订单备注里填了"),
            A("看到了，已提交开票，请您留意邮箱。"),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["团购", "VIP"],
        ending: Ending::Snoozed(20),
        lines: &[
            C("公司年会要 120 份{product}，有企业价吗？需要定制礼盒"),
            A("您好，120 份可以走企业采购，我给您安排专属报价，礼盒可以印公司标志，起订 50 份。"),
            C("预算每份 150 左右，下周三之前要定"),
            N("大客户线索，已转主管报价，跟进截止下周二。"),
            A("好的，明天上午把报价和打样图发给您确认。"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: false,
        stage: Stage::Review,
        aftersale: true,
        priority: Priority::Normal,
        tags: &["feedback"],
        ending: Ending::Resolved("thanked"),
        lines: &[
            C(
                "Just back from ten days on the Kungsleden with your {product}. Not a single problem, thank you!",
            ),
            A(
                "What a trip! Thank you for telling us. May we quote your words on the product page?",
            ),
            C("Sure, with my first name."),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: true,
        stage: Stage::Aftersale,
        aftersale: true,
        priority: Priority::Normal,
        tags: &["退换货", "尺码"],
        ending: Ending::Open,
        lines: &[
            C("{product}买大了，没拆吊牌，可以换小一码吗，订单{order}"),
            A("您好，签收 7 天内不影响二次销售可以换的，运费险会承担寄回的费用。"),
            C("怎么操作？"),
            A("您在订单页点“申请换货”，选小一码，上门取件的快递员会联系您。"),
            C("好，已经申请了，大概几天能收到新的"),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["活动"],
        ending: Ending::Resolved("已解答"),
        lines: &[
            C("双十二有活动吗？现在买和到时候买哪个划算"),
            A(
                "您好！双十二满 300 减 40，老客户另有一张 10 元券。着急喝的话现在买，我们可以给您价保 15 天。",
            ),
            C("价保怎么弄"),
            A("到时候降价了直接在这里找我，给您退差价就可以。"),
            C("那放心了"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: false,
        stage: Stage::InSale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["payment"],
        ending: Ending::Resolved("solved"),
        lines: &[
            C("My card was charged twice for {order}. Can you check?"),
            A(
                "Let me look. I see one payment and one authorisation that failed and will expire by itself.",
            ),
            C("When does it disappear?"),
            A(
                "Banks take up to five days. If it is still there on Friday, write here and I call them with you.",
            ),
            C("Understood, thanks for being so clear."),
        ],
    },
    Scene {
        site: Site::Tea,
        chinese: true,
        stage: Stage::InSale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["快递", "加急"],
        ending: Ending::Open,
        lines: &[
            C("你好，{order}是送人的，后天生日，能赶上吗？"),
            A("您好，我看一下，现在到了上海转运中心，预计明天派送，来得及的。"),
            C("能让快递员派送前打个电话吗，怕没人在家"),
        ],
    },
    Scene {
        site: Site::Outdoor,
        chinese: true,
        stage: Stage::Presale,
        aftersale: false,
        priority: Priority::Normal,
        tags: &["商品"],
        ending: Ending::Open,
        lines: &[
            C("第一次去高原徒步，{product}够用吗？还需要准备什么"),
            A("您好！请问去哪条线，几月份？我按海拔和温度给您配一份清单。"),
            C("十二月，雨崩，四天"),
        ],
    },
];
