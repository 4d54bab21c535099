//! What customers and agents of a shop write, made up from parts, the same each time.

/// A sequence of numbers that looks random (xorshift64*), the same for the same seed.
pub(crate) struct Chance(u64);

impl Chance {
    /// A sequence.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or(0);
        high % end.max(1)
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "欧阳", "司马",
];
const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明",
];
const FIRST: &[&str] = &[
    "Emma", "Liam", "Olivia", "Noah", "Ava", "James", "Mia", "Lucas", "Zoe", "Ethan",
];
const LAST: &[&str] = &[
    "Smith", "Jones", "Brown", "Taylor", "Wilson", "Evans", "Walker", "Wright", "Green", "Hall",
];
const OPENERS: &[&str] = &[
    "你好",
    "请问",
    "亲",
    "在吗",
    "客服你好",
    "麻烦看一下",
    "您好",
    "打扰一下",
    "想咨询一下",
    "",
];
const THINGS: &[&str] = &[
    "手机壳",
    "真丝围巾",
    "保温杯",
    "蓝牙耳机",
    "羽绒服",
    "运动鞋",
    "茶叶礼盒",
    "儿童书包",
    "电饭煲",
    "面膜套装",
    "空气炸锅",
    "牛仔裤",
    "洗发水",
    "充电宝",
    "行李箱",
    "台灯",
    "猫粮",
    "登山鞋",
    "雨伞",
    "键盘",
];
const MATTERS: &[&str] = &[
    "什么时候发货",
    "已经三天没有物流更新了",
    "可以退款吗",
    "想换一个大一号的",
    "收到的时候包装破损",
    "能开发票吗",
    "和图片颜色不一样",
    "怎么申请售后",
    "优惠券用不了",
    "地址写错了能改吗",
    "缺少一个配件",
    "质量有问题要求退货退款",
    "支持七天无理由退货吗",
    "有没有现货",
    "运费谁承担",
    "保修期是多久",
    "能不能便宜一点",
    "显示已签收但是没有收到",
    "尺码偏小吗",
    "赠品没有收到",
];
const ANSWERS: &[&str] = &[
    "好的",
    "我帮您查一下",
    "请稍等",
    "已经为您登记",
    "预计明天发出",
    "退款会在三个工作日内原路返回",
    "给您带来不便非常抱歉",
    "请提供一下订单号",
    "麻烦拍张照片",
    "已经催促仓库加急处理",
    "感谢您的耐心等待",
    "祝您生活愉快",
];
const ENGLISH: &[&str] = &[
    "Hi",
    "where is my parcel",
    "I would like a refund",
    "the colour is not what I expected",
    "can I change the address",
    "the size is too small",
    "it arrived damaged",
    "do you ship to Canada",
    "thank you for your help",
    "the tracking number does not work",
    "how long is the warranty",
    "please cancel the order",
    "we have sent a replacement",
    "your refund was issued today",
    "the invoice is attached",
    "could you send me a photo",
    "our warehouse ships tomorrow morning",
    "the discount code has expired",
];
const TAGS: &[&str] = &[
    "退款",
    "物流",
    "发票",
    "质量问题",
    "VIP",
    "换货",
    "催单",
    "差评",
    "投诉",
    "赠品",
    "wholesale",
    "refund",
    "address",
    "size",
    "warranty",
    "coupon",
    "复购",
    "七天无理由",
    "破损",
    "缺件",
];
const DISPOSITIONS: &[&str] = &[
    "已解决",
    "已退款",
    "已换货",
    "无需处理",
    "转供应商",
    "answered",
    "refunded",
    "duplicate",
];

/// A customer's name.
pub(crate) fn name(chance: &mut Chance) -> String {
    if chance.below(3) == 0 {
        format!("{} {}", chance.pick(FIRST), chance.pick(LAST))
    } else {
        format!(
            "{}{}{}",
            chance.pick(SURNAMES),
            chance.pick(GIVEN),
            chance.pick(GIVEN)
        )
    }
}

/// Something that somebody says.
pub(crate) fn message(chance: &mut Chance) -> String {
    let order = chance.below(90_000_000) + 10_000_000;
    match chance.below(10) {
        0..=3 => format!(
            "{},{}{},订单号{order}",
            chance.pick(OPENERS),
            chance.pick(THINGS),
            chance.pick(MATTERS)
        ),
        4..=5 => format!(
            "{},{}。{}。",
            chance.pick(ANSWERS),
            chance.pick(ANSWERS),
            chance.pick(ANSWERS)
        ),
        6 => format!(
            "{}{}?{}{}",
            chance.pick(THINGS),
            chance.pick(MATTERS),
            chance.pick(THINGS),
            chance.pick(MATTERS)
        ),
        7 => chance.pick(MATTERS).to_owned(),
        8 => format!(
            "{}, {}. Order TB-{order}.",
            chance.pick(ENGLISH),
            chance.pick(ENGLISH)
        ),
        _ => format!(
            "{}; {}, {}.",
            chance.pick(ENGLISH),
            chance.pick(ENGLISH),
            chance.pick(ENGLISH)
        ),
    }
}

/// A label.
pub(crate) fn tag(chance: &mut Chance) -> &'static str {
    chance.pick(TAGS)
}

/// A wrap-up.
pub(crate) fn disposition(chance: &mut Chance) -> &'static str {
    chance.pick(DISPOSITIONS)
}
