//! What the two shops sell: the same things that the demo desk talks about.

/// A shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shop {
    /// Mountain Mist Tea, in yuan.
    Tea,
    /// Northtrail Outdoor, in euros.
    Outdoor,
}

/// Something to buy: article number, name in Chinese and English, price in the smallest unit.
pub(crate) struct Good {
    pub(crate) sku: &'static str,
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    pub(crate) price: i64,
}

const fn good(sku: &'static str, zh: &'static str, en: &'static str, price: i64) -> Good {
    Good { sku, zh, en, price }
}

const TEAS: [Good; 6] = [
    good("T-LJ125", "明前龙井 125g", "Pre-Qingming Longjing", 19_800),
    good("T-ZS250", "正山小种 250g", "Lapsang Souchong", 12_800),
    good("T-BC357", "老白茶饼 357g", "aged white tea cake", 26_800),
    good("T-GH150", "桂花乌龙 150g", "osmanthus oolong", 8_800),
    good("T-ML100", "茉莉银针 100g", "jasmine needle tea", 9_800),
    good("T-GW001", "青瓷盖碗套装", "celadon gaiwan set", 16_800),
];

const GEAR: [Good; 6] = [
    good("G-TENT2", "轻羽 2 人帐篷", "Featherlight 2P tent", 32_900),
    good("G-RIDGE", "风棱冲锋衣", "Ridge shell jacket", 24_900),
    good("G-PK45", "45L 徒步背包", "45 L trekking pack", 15_900),
    good("G-POLE", "碳纤维登山杖", "carbon poles", 8_900),
    good("G-BAG5", "零下 5 度睡袋", "-5 °C sleeping bag", 19_900),
    good("G-MUG45", "钛杯 450ml", "450 ml titanium mug", 3_900),
];

impl Shop {
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Tea => "SL",
            Self::Outdoor => "NT",
        }
    }

    pub(crate) const fn currency(self) -> &'static str {
        match self {
            Self::Tea => "CNY",
            Self::Outdoor => "EUR",
        }
    }

    pub(crate) const fn goods(self) -> &'static [Good; 6] {
        match self {
            Self::Tea => &TEAS,
            Self::Outdoor => &GEAR,
        }
    }

    pub(crate) const fn carrier(self) -> &'static str {
        match self {
            Self::Tea => "顺丰 SF Express",
            Self::Outdoor => "DHL",
        }
    }
}
