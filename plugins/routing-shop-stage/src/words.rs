//! The words by which customers of shops in Chinese and English say what they want. Lower case; English words match as
//! whole words, so that "return" is not found in "returning".

use crate::Intent;

/// A word that was found.
pub(crate) struct Word {
    pub(crate) text: &'static str,
    pub(crate) weight: u32,
}

/// Strong words settle it; plain ones need company.
struct Words {
    strong: &'static [&'static str],
    plain: &'static [&'static str],
}

const COMPLAINT: Words = Words {
    strong: &[
        "投诉",
        "举报",
        "差评",
        "骗子",
        "欺诈",
        "假货",
        "12315",
        "消协",
        "工商",
        "曝光",
        "起诉",
        "报警",
        "找你们领导",
        "经理出来",
        "complaint",
        "complain",
        "scam",
        "fraud",
        "fake",
        "lawyer",
        "sue",
        "chargeback",
        "trading standards",
        "speak to a manager",
        "speak to your manager",
        "report you",
    ],
    plain: &[
        "太差",
        "垃圾",
        "坑人",
        "态度",
        "不负责",
        "推卸",
        "再不",
        "气死",
        "失望",
        "几次了",
        "没人管",
        "unacceptable",
        "terrible",
        "disgusting",
        "worst",
        "ridiculous",
        "angry",
        "fed up",
        "disappointed",
        "rude",
    ],
};

const AFTERSALE: Words = Words {
    strong: &[
        "退款",
        "退货",
        "换货",
        "退换",
        "维修",
        "保修",
        "发错",
        "发漏",
        "少发",
        "漏发",
        "破损",
        "坏了",
        "质量问题",
        "refund",
        "return it",
        "return this",
        "exchange",
        "money back",
        "warranty",
        "repair",
        "damaged",
        "broken",
        "defective",
        "wrong item",
        "missing item",
    ],
    plain: &[
        "退",
        "换",
        "瑕疵",
        "掉色",
        "开线",
        "不能用",
        "尺码不对",
        "过期",
        "少了",
        "补发",
        "return",
        "returns",
        "faulty",
        "does not work",
        "doesn't work",
        "stopped working",
        "too small",
        "too big",
        "torn",
        "leaking",
        "split",
    ],
};

const ORDERS: Words = Words {
    strong: &[
        "查物流",
        "快递单号",
        "物流信息",
        "什么时候发货",
        "改地址",
        "催发货",
        "没收到货",
        "到哪了",
        "改订单",
        "取消订单",
        "where is my order",
        "tracking number",
        "track my",
        "change the address",
        "change my address",
        "cancel my order",
        "in transit",
        "not arrived",
        "hasn't arrived",
        "has not arrived",
    ],
    plain: &[
        "发货",
        "物流",
        "快递",
        "包裹",
        "派送",
        "签收",
        "运单",
        "地址",
        "订单",
        "发票",
        "加急",
        "delivery",
        "deliver",
        "shipped",
        "parcel",
        "package",
        "courier",
        "carrier",
        "tracking",
        "order",
        "invoice",
        "address",
        "charged twice",
        "arrive",
    ],
};

const PRESALE: Words = Words {
    strong: &[
        "多少钱",
        "便宜点",
        "优惠",
        "有货吗",
        "有活动",
        "怎么买",
        "推荐",
        "起订",
        "报价",
        "团购",
        "尺码怎么选",
        "how much",
        "discount",
        "in stock",
        "recommend",
        "which size",
        "quote",
        "bulk",
        "coupon",
        "promo code",
    ],
    plain: &[
        "价格",
        "贵",
        "便宜",
        "划算",
        "口感",
        "材质",
        "尺寸",
        "颜色",
        "尺码",
        "适合",
        "区别",
        "包邮",
        "送礼",
        "礼盒",
        "下单",
        "拍",
        "price",
        "cheaper",
        "expensive",
        "size",
        "colour",
        "color",
        "material",
        "compare",
        "difference",
        "gift",
        "waterproof",
        "available",
        "buy",
        "ship to",
        "sizing",
    ],
};

const CARE: Words = Words {
    strong: &[
        "会员",
        "积分",
        "建议",
        "回访",
        "满意度",
        "生日礼",
        "好评",
        "membership",
        "loyalty",
        "points",
        "feedback",
        "suggestion",
        "survey",
        "newsletter",
        "unsubscribe",
    ],
    plain: &[
        "谢谢你们",
        "很喜欢",
        "再次购买",
        "老客户",
        "评价",
        "thank you so much",
        "love it",
        "great service",
        "review",
        "not a single problem",
    ],
};

fn of(intent: Intent) -> &'static Words {
    match intent {
        Intent::Complaint => &COMPLAINT,
        Intent::Aftersale => &AFTERSALE,
        Intent::Orders => &ORDERS,
        Intent::Presale => &PRESALE,
        Intent::Care => &CARE,
    }
}

/// The words of an intent that a text, in lower case, contains.
pub(crate) fn found(intent: Intent, text: &str) -> impl Iterator<Item = Word> {
    let words = of(intent);
    let strong = words.strong.iter().map(|text| (*text, 2));
    let plain = words.plain.iter().map(|text| (*text, 1));
    strong
        .chain(plain)
        .filter(move |(word, _)| contains(text, word))
        .map(|(text, weight)| Word { text, weight })
}

fn contains(text: &str, word: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        !word.is_ascii()
            || !(letter(text[..at].chars().next_back())
                || letter(text[at + word.len()..].chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn english_words_match_whole_chinese_ones_anywhere() {
        assert!(contains("can i return it?", "return"));
        assert!(!contains("returning customer", "return"));
        assert!(contains("我要退款了", "退款"));
        assert!(contains("打12315", "12315"));
    }
}
