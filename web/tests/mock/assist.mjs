// What plugins of the mock desk show beside a conversation.
export function assistRoutes({ desk, iso, record, fail }) {
  const pressed = new Map();
  const cny = (minor) => ({ currency: 'CNY', minor });
  const cards = (id, locale) => {
    const zh = locale === 'zh';
    return [
      {
        plugin: 'commerce-demo', error: null,
        card: {
          title: zh ? '会员信息' : 'Membership', refresh_after_ms: 60_000,
          blocks: [
            { type: 'badge', text: zh ? '金卡会员' : 'Gold member', tone: 'good' },
            { type: 'facts', items: [{ name: zh ? '消费' : 'Spent', value: '¥ 12,480' }, { name: zh ? '退货' : 'Returns', value: '2' }] },
            { type: 'divider' },
            { type: 'heading', text: zh ? '最近购买' : 'Latest purchases' },
            { type: 'table', rows: [[zh ? '商品' : 'Article', zh ? '数量' : 'Pieces'], ['山茶花马克杯', '2'], ['Linen shirt', '1']] },
            { type: 'text', text: pressed.get(id) ?? (zh ? '喜欢顺丰。' : 'Likes express shipping.') },
            { type: 'link', text: zh ? '打开档案' : 'Open the file', url: 'https://crm.example.com/1' },
            { type: 'link', text: 'not a link', url: 'javascript:alert(1)' },
            { type: 'buttons', actions: [{ id: 'coupon', label: zh ? '送优惠券' : 'Give a voucher', confirm: zh ? '送出 20 元优惠券？' : 'Give a voucher of 20?', args: { value: 20 } }, { id: 'parcel', label: zh ? '发送物流' : 'Send the parcel’s number', confirm: null, args: {} }] },
          ],
        },
      },
      { plugin: 'helper-acme', card: null, error: 'timeout' },
    ];
  };
  const orders = (c) => [
    { plugin: 'commerce-demo', id: 'o1', number: '20261118-3391', status: '已发货', total: cny(26800), placed_at: iso(Date.now() - 4 * 86400e3), lines: [{ sku: 'm1', title: '山茶花马克杯', quantity: 2, price: cny(8900) }, { sku: 'm2', title: '亚麻桌布', quantity: 1, price: cny(9000) }], url: 'https://shop.example/orders/o1', tracking: [{ name: 'SF', value: 'SF1234567890' }], actions: ['note', 'refund'] },
    { plugin: 'commerce-demo', id: 'o2', number: '20261102-1120', status: c.contact.locale === 'en' ? 'delivered' : '已签收', total: cny(9900), placed_at: iso(Date.now() - 20 * 86400e3), lines: [{ sku: 'm3', title: '香薰蜡烛', quantity: 1, price: cny(9900) }], url: null, tracking: [], actions: ['note'] },
  ];
  return function route(method, [root, id, what, sub, act, close], body, _file, query) {
    const c = root === 'conversations' ? desk.conversations.get(id) : undefined;
    if (!c) return undefined;
    switch (what) {
      case 'panels':
        if (!sub) return { status: 200, body: { items: cards(id, query.get('locale')) } };
        desk.pressed = body;
        pressed.set(id, body.action_id === 'coupon' ? 'Voucher given' : 'Sent');
        return { status: 200, body: cards(id, body.locale)[0] };
      case 'orders': {
        const q = query.get('q');
        if (sub && act === 'actions') {
          desk.acted = { order: sub, ...body };
          return { status: 200, body: { result: {} } };
        }
        return { status: 200, body: { items: orders(c).filter((it) => !q || it.number.includes(q)) } };
      }
      case 'suggestions':
        return { status: 200, body: { items: [{ plugin: 'helper-acme', text: c.contact.locale === 'en' ? 'I have asked the carrier for a proof of delivery and will get back to you today.' : '已帮您联系快递核实，今天内给您答复。', confidence: 0.82, sources: [{ name: 'Shipping', value: 'https://kb.example.com/shipping' }] }] } };
      case 'cases':
        if (close === 'close' || act === 'close') {
          const f = record('case.closed', id, { case_id: sub });
          c.cases = c.cases.map((it) => (it.id === sub ? { ...it, closed_at: f.at } : it));
          c.seq = f.seq;
          return { status: 200, body: c };
        }
        return { status: 200, body: { items: c.cases.map((it) => ({ ...it, summary: 'The cup came broken, twice.' })), next_cursor: null } };
      case 'messages': {
        if (act !== 'retry') return undefined;
        const message = desk.messages.get(id).find((it) => it.id === sub);
        if (!message) return fail(404, 'not_found', 'no such message');
        message.delivery = { state: 'delivered' };
        c.seq = record('message.delivery_changed', id, { message_id: sub, delivery: message.delivery }).seq;
        return { status: 204 };
      }
      default:
        return undefined;
    }
  };
}
