#!/usr/bin/env bash
# Makes the announcements that callers hear where an inbox has none of its own: crates/phone-media/voices/LANGUAGE/NAME.wav, each
# telephone sound (A-law, 8 kHz). Needs the Debian packages espeak-ng and sox. What comes out is committed, so nobody needs
# this who does not change a text.
#
# Chinese is written in pinyin: the voice of the package knows few characters.
set -euo pipefail
cd "$(dirname "$0")/../crates/phone-media/voices"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# say LANGUAGE VOICE SPEED NAME TEXT
say() {
    mkdir -p "$1"
    espeak-ng -v "$2" -s "$3" -w "$scratch/said.wav" "$5"
    # Without the silence before and behind, as loud as the others, and nothing that a telephone cannot carry.
    sox "$scratch/said.wav" -r 8000 -c 1 -e a-law "$1/$4.wav" \
        gain -6 highpass 150 lowpass 3400 \
        silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse \
        gain -n -4 pad 0.02 0.06
}

zh() { say zh cmn-latn-pinyin 165 "$1" "$2"; }
en() { say en en-us 155 "$1" "$2"; }

# 本次通话将被录音
zh consent 'ben3ci4 tong1hua4, jiang1 bei4 lu4yin1.'
# 请稍候，正在为您接通
zh wait 'qing3 shao1hou4, zheng4zai4 wei4 nin2 jie1tong1.'
# 坐席全忙
zh busy 'hen3 bao4qian4, zuo4xi2 quan2 mang2.'
# 您好，现在是非工作时间
zh closed 'nin2 hao3, xian4zai4 shi4 fei1 gong1zuo4 shi2jian1.'
# 请在提示音后留言
zh voicemail 'qing3 zai4 ti2shi4yin1 hou4 liu2yan2.'
# 请按键选择
zh menu 'qing3 an4jian4 xuan3ze2.'
# 按键有误
zh menu_again 'an4jian4 you3wu4.'
# 我们会尽快给您回电
zh callback 'wo3men5 hui4 jin3kuai4 gei3 nin2 hui2dian4.'
# 感谢来电，再见
zh goodbye 'gan3xie4 lai2dian4, zai4jian4.'
# 您前面还有 … 位
zh ahead 'nin2 qian2mian4 hai2 you3'
zh people 'wei4.'
# 您是下一位
zh next 'nin2 shi4 xia4 yi2 wei4.'
# 预计等待 … 分钟
zh expect 'yu4ji4 deng3dai4'
zh minutes 'fen1zhong1.'
zh 1 yi1; zh 2 er4; zh both liang3; zh 3 san1; zh 4 si4; zh 5 wu3; zh 6 liu4; zh 7 qi1; zh 8 ba1; zh 9 jiu3; zh 10 shi2

en consent 'This call is recorded.'
en wait 'Please hold. We are connecting you.'
en busy 'Sorry, everybody is busy.'
en closed 'Hello. We are closed at the moment.'
en voicemail 'Please leave a message after the tone.'
en menu 'Please press a key.'
en menu_again 'That key leads nowhere.'
en callback 'We will call you back soon.'
en goodbye 'Thank you for calling. Goodbye.'
en place 'You are number'
en queue 'in the queue.'
en next 'You are next.'
en expect 'Please expect to wait'
en minute 'minute.'
en minutes 'minutes.'
at=1
for word in one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen; do
    en "$at" "$word"
    at=$((at + 1))
done
at=20
for word in twenty thirty forty fifty sixty seventy eighty ninety; do
    en "$at" "$word"
    at=$((at + 10))
done

du -bc ./*/*.wav | tail -1
