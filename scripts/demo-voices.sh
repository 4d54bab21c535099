#!/usr/bin/env bash
# Makes what is said in the calls of the demo desk: crates/demo/voices/NAME.al, telephone sound without a head (A-law, 8 kHz).
# Needs the Debian packages espeak-ng and sox. What comes out is committed, so nobody needs this who does not change a text.
#
# Chinese is written in pinyin: the voice of the package knows few characters.
set -euo pipefail
cd "$(dirname "$0")/../crates/demo/voices"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# say VOICE PITCH NAME TEXT
say() {
    espeak-ng -v "$1" -p "$2" -s 165 -w "$scratch/said.wav" "$4"
    # Without the silence before and behind, and nothing that a telephone cannot carry.
    sox "$scratch/said.wav" -r 8000 -c 1 -t al "$3.al" \
        gain -6 highpass 150 lowpass 3400 \
        silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse \
        gain -n -4 pad 0.02 0.06
}

agent() { say cmn-latn-pinyin+f3 60 "$1" "$2"; }
caller() { say cmn-latn-pinyin 38 "$1" "$2"; }

# 您好，山岚茶事，请问有什么可以帮您？
agent agent1 'nin2 hao3, shan1lan2 cha2shi4, qing3wen4 you3 shen2me ke3yi3 bang1 nin2?'
# 你好，我的茶叶收到了，但是有一盒破了。
caller caller1 'ni3 hao3, wo3de cha2ye4 shou1dao4 le, dan4shi4 you3 yi4 he2 po4 le.'
# 非常抱歉，我给您补发一盒，明天寄出。
agent agent2 'fei1chang2 bao4qian4, wo3 gei3 nin2 bu3fa1 yi4 he2, ming2tian1 ji4chu1.'
# 好的，谢谢。
caller caller2 'hao3 de, xie4xie.'
# 您好，我姓林。昨天买的龙井还没有收到，请给我回个电话，谢谢。
caller voicemail 'nin2 hao3, wo3 xing4 lin2. zuo2tian1 mai3 de long2jing3 hai2 mei2you3 shou1dao4, qing3 gei3 wo3 hui2 ge4 dian4hua4, xie4xie.'
