//! What people write in the large store: message `number` is always the same text, so a scan needs no copy of the store.

/// Parts of sentences, in the words of shops and their customers.
const PHRASES_ZH: [&str; 24] = [
    "我的订单还没有发货",
    "请问什么时候可以收到",
    "我想退款",
    "颜色和图片不一样",
    "能不能换一个尺码",
    "快递显示已经签收但是我没有收到",
    "可以开发票吗",
    "优惠券用不了",
    "客服一直没有回复",
    "谢谢你的帮助",
    "商品有破损",
    "运费由谁承担",
    "已经提交退货申请",
    "麻烦尽快处理",
    "我想修改收货地址",
    "什么时候补货",
    "这个可以便宜一点吗",
    "支持七天无理由退换吗",
    "物流信息三天没有更新",
    "包装很好非常满意",
    "少发了一件",
    "赠品没有收到",
    "请帮我取消订单",
    "付款以后可以改规格吗",
];

const PHRASES_EN: [&str; 16] = [
    "my parcel has not arrived yet",
    "I would like a refund please",
    "the colour differs from the picture",
    "can I exchange it for a larger size",
    "tracking has not moved since Monday",
    "could you send me an invoice",
    "the voucher does not work",
    "thank you for the quick answer",
    "the box was damaged",
    "who pays for the return shipping",
    "please change the delivery address",
    "when will it be back in stock",
    "one item is missing from the order",
    "please cancel my order",
    "is there a warranty on the battery",
    "the charger is not compatible",
];

/// Two of these make the name of a product: 4,096 names, each in some hundred messages of a million.
const NAME_PARTS: &str = "棉麻丝绒锦缎纱绸青蓝紫橙粉墨雪月星云风雨竹兰梅菊松柏枫桃杏梨莲荷鹿鹤燕雀虎豹狐兔鲸鹰金银铜玉珠翠瓷陶木石山川湖海晨暮春秋夏冬藤茶";

/// The text of message `number`.
pub(super) fn text(number: u32) -> String {
    let mut dice = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D;
    let mut next = |end: usize| {
        dice ^= dice >> 12;
        dice ^= dice << 25;
        dice ^= dice >> 27;
        let throw = dice.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(throw).expect("31 bits") % end
    };
    if number.is_multiple_of(2) {
        let (one, two) = (PHRASES_ZH[next(24)], PHRASES_ZH[next(24)]);
        let name = name(next(64), next(64));
        format!("{one}，{name}连衣裙，{two}。单号{number:08}")
    } else {
        let (one, two) = (PHRASES_EN[next(16)], PHRASES_EN[next(16)]);
        format!(
            "Hello, {one}, {two}. Model K{:04}, order {number:08}",
            next(5_000)
        )
    }
}

fn name(first: usize, second: usize) -> String {
    let part = |at: usize| NAME_PARTS.chars().nth(at % 64);
    part(first).into_iter().chain(part(second)).collect()
}

/// Chinese words and runs across words, from two characters on; some in most conversations, some rare, some nowhere.
pub(super) const WORDS_ZH: [&str; 14] = [
    "退款",
    "发货",
    "订单",
    "签收",
    "优惠券",
    "退货申请",
    "青鹤",
    "月鲸",
    "云豹连",
    "没有收到",
    "货申",
    "一件",
    "无理由退换",
    "冰箱",
];

/// Latin words, whole and begun, alone and together.
pub(super) const WORDS_EN: [&str; 10] = [
    "refund",
    "invoice",
    "warranty battery",
    "K0042",
    "tracking",
    "comp",
    "charger compatible",
    "voucher work",
    "zeppelin",
    "size",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_text() {
        assert_eq!(NAME_PARTS.chars().count(), 64);
        assert_eq!(text(12), text(12));
        assert_ne!(text(12), text(14));
        assert!(text(7).ends_with("order 00000007"));
    }
}
