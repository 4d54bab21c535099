/** The launcher's style sheet; it lives in a closed shadow root, so nothing leaks in or out. */
export const css = `
:host{all:initial!important;--c:#111827;--o:#fff}
*{box-sizing:border-box}
.b,.g{position:fixed;z-index:2147483000;bottom:calc(20px + env(safe-area-inset-bottom));right:20px;border:0;margin:0;padding:0;font:15px/1.5 system-ui,-apple-system,"Segoe UI","PingFang SC","HarmonyOS Sans SC","MiSans","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
.b{width:56px;height:56px;border-radius:50%;background:var(--c);color:var(--o);cursor:pointer;box-shadow:0 1px 3px rgb(0 0 0/.2),0 8px 24px rgb(0 0 0/.22);display:grid;place-items:center;transition:transform .18s,opacity .18s}
.b:hover{transform:scale(1.06)}
.b:active{transform:scale(.96)}
:focus-visible{outline:3px solid var(--c);outline-offset:3px}
.b[hidden],.g[hidden]{display:none}
.b.w{opacity:0;pointer-events:none}
svg{grid-area:1/1;width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;transition:transform .2s,opacity .2s}
.x{transform:rotate(-45deg) scale(.6);opacity:0}
.on .x{transform:none;opacity:1}
.on .i{transform:rotate(45deg) scale(.6);opacity:0}
.n{position:absolute;top:-4px;right:-4px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#d92d20;color:#fff;font:600 12px/22px system-ui,sans-serif;text-align:center;box-shadow:0 0 0 2px #fff}
.n:empty{display:none}
iframe{position:fixed;z-index:2147483000;right:20px;bottom:calc(92px + env(safe-area-inset-bottom));width:392px;height:min(680px,calc(100dvh - 116px));border:0;border-radius:18px;background:transparent;color-scheme:normal;box-shadow:0 0 0 1px rgb(0 0 0/.06),0 16px 56px rgb(0 0 0/.26);opacity:0;visibility:hidden;transform:translateY(14px) scale(.98);transform-origin:100% 100%;transition:opacity .18s,transform .18s,visibility .18s}
iframe.on{opacity:1;visibility:visible;transform:none}
.g{bottom:calc(92px + env(safe-area-inset-bottom));width:min(300px,calc(100vw - 40px));background:#fff;color:#1a2230;border-radius:16px 16px 4px 16px;box-shadow:0 0 0 1px rgb(0 0 0/.06),0 10px 36px rgb(0 0 0/.2);animation:u .3s ease-out}
.g .t{all:unset;box-sizing:border-box;display:block;width:100%;padding:14px 40px 14px 16px;cursor:pointer;border-radius:inherit;white-space:pre-wrap;overflow-wrap:anywhere}
.g .t:focus-visible{outline:3px solid var(--c);outline-offset:2px}
.g .k{all:unset;position:absolute;top:8px;right:8px;width:28px;height:28px;border-radius:50%;text-align:center;font-size:18px;line-height:26px;cursor:pointer;color:#5b6472}
.g .k:hover{background:#eef0f3}
.g .k:focus-visible{outline:2px solid var(--c)}
.l .b,.l .g,.l iframe{right:auto;left:20px;transform-origin:0 100%}
.l .g{border-radius:16px 16px 16px 4px}
@keyframes u{from{opacity:0;transform:translateY(10px)}}
@media(max-width:480px){iframe{inset:0!important;width:100%;height:100dvh;border-radius:0;box-shadow:none;transform:translateY(24px)}.b.on{display:none}}
@media(prefers-color-scheme:dark){.g{background:#1d232e;color:#eef1f6;box-shadow:0 0 0 1px rgb(255 255 255/.1),0 10px 36px rgb(0 0 0/.5)}.g .k{color:#aeb6c4}.g .k:hover{background:#2b3341}}
@media(prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}
@media print{:host{display:none!important}}
`;
