// Drawings of the demo shops. All of them are ours; colours come as arguments.

const svg = (viewBox, body, cls = "art") =>
  `<svg class="${cls}" viewBox="${viewBox}" aria-hidden="true" focusable="false">${body}</svg>`;

const steam = (x, y, color) =>
  `<g fill="none" stroke="${color}" stroke-width="3" stroke-linecap="round" opacity=".55"><path d="M${x} ${y}c-7-9 7-15 0-25"/><path d="M${x + 16} ${y}c-7-9 7-15 0-25"/></g>`;

const leaf = (x, y, turn, color) =>
  `<g transform="translate(${x} ${y}) rotate(${turn})"><path d="M0 0c10-16 30-18 44-4C34 10 14 12 0 0z" fill="${color}"/><path d="M3-.5C15-4 28-5 40-4" stroke="#fff" stroke-opacity=".35" stroke-width="1.5" fill="none"/></g>`;

/** A lidded bowl on its saucer. */
export const gaiwan = (glaze, tea, dark) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="152" rx="84" ry="10" fill="#000" opacity=".07"/>
<path d="M52 138h136c-6 12-30 18-68 18s-62-6-68-18z" fill="${glaze}"/><path d="M52 138h136c-1 3-4 6-8 8H60c-4-2-7-5-8-8z" fill="#fff" opacity=".35"/>
<path d="M66 82h108c0 36-20 58-38 60h-32c-18-2-38-24-38-60z" fill="${glaze}"/><path d="M66 82h108c0 6-.6 12-1.7 17H67.700C66.6 94 66 88 66 82z" fill="${tea}"/>
<path d="M154 82h20c0 36-20 58-38 60h-12c18-8 30-30 30-60z" fill="#000" opacity=".06"/>
<path d="M74 82c4-20 24-28 46-28s42 8 46 28z" fill="${glaze}"/><path d="M74 82c4-20 24-28 46-28 6 0 12 .6 17 1.800C112 58 96 66 92 82z" fill="#fff" opacity=".4"/><ellipse cx="120" cy="51" rx="15" ry="5" fill="${dark}"/>
<path d="M90 116c10-8 20 6 30-2s20 6 30-2" fill="none" stroke="${dark}" stroke-width="2.5" stroke-linecap="round" opacity=".55"/>${steam(112, 42, dark)}`,
  );

/** A pressed cake of tea in its wrapper. */
export const cake = (paper, tea, seal) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="154" rx="80" ry="9" fill="#000" opacity=".07"/><circle cx="120" cy="92" r="66" fill="${tea}"/>
<g fill="none" stroke="#fff" stroke-opacity=".13" stroke-width="3" stroke-linecap="round"><path d="M72 74c16-6 22 6 38 0"/><path d="M84 110c14-8 24 4 40-4"/><path d="M118 64c12-6 20 4 34-2"/><path d="M126 126c12-6 20 2 32-4"/><path d="M66 96c10-4 14 3 22 0"/></g>
<path d="M120 26a66 66 0 0 1 60 93.500C150 112 132 86 128 58c-2-12-5-22-8-32z" fill="${paper}"/><path d="M120 26c3 10 6 20 8 32 4 28 22 54 52 61.5-3-24-20-54-60-93.500z" fill="#000" opacity=".06"/>
<rect x="146" y="62" width="22" height="22" rx="3" fill="${seal}"/><path d="M151 68h12M151 73h12M151 78h12M157 66v14" stroke="#fff" stroke-width="1.8"/>`,
  );

/** A tin with a band of paper. */
export const tin = (body, band, dark) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="158" rx="58" ry="8" fill="#000" opacity=".08"/><rect x="76" y="46" width="88" height="112" rx="10" fill="${body}"/><rect x="140" y="46" width="24" height="112" rx="10" fill="#000" opacity=".09"/>
<rect x="70" y="26" width="100" height="30" rx="9" fill="${dark}"/><rect x="70" y="26" width="100" height="9" rx="4.5" fill="#fff" opacity=".16"/>
<rect x="76" y="82" width="88" height="48" fill="${band}"/>${leaf(98, 110, -18, dark)}<path d="M100 120h40" stroke="${dark}" stroke-width="2" opacity=".5"/>`,
  );

/** Cups for two. */
export const cups = (glaze, tea, dark) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="148" rx="92" ry="10" fill="#000" opacity=".07"/><rect x="34" y="132" width="172" height="12" rx="6" fill="${dark}"/>
${[84, 156]
  .map(
    (x) =>
      `<path d="M${x - 32} 84h64c0 28-10 46-22 48h-20c-12-2-22-20-22-48z" fill="${glaze}"/><ellipse cx="${x}" cy="84" rx="32" ry="8" fill="${tea}"/><ellipse cx="${x}" cy="84" rx="32" ry="8" fill="none" stroke="#fff" stroke-opacity=".7" stroke-width="2.5"/>${steam(x - 8, 68, dark)}`,
  )
  .join("")}`,
  );

/** A box with a ribbon. */
export const gift = (box, ribbon, dark) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="154" rx="82" ry="9" fill="#000" opacity=".08"/><rect x="52" y="78" width="136" height="76" rx="6" fill="${box}"/><rect x="44" y="56" width="152" height="30" rx="6" fill="${dark}"/>
<rect x="110" y="56" width="20" height="98" fill="${ribbon}"/><path d="M120 56c-8-26-44-26-38-6 3 8 20 8 38 6zM120 56c8-26 44-26 38-6-3 8-20 8-38 6z" fill="none" stroke="${ribbon}" stroke-width="8"/>${leaf(68, 122, -10, "#fff6")}${leaf(142, 122, -10, "#fff6")}`,
  );

export const tent = (cloth, shade, pole) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="152" rx="96" ry="9" fill="#000" opacity=".08"/><path d="M120 40L32 150h176z" fill="${cloth}"/><path d="M120 40l88 110h-52z" fill="${shade}"/><path d="M120 40L92 150h60z" fill="#000" opacity=".28"/><path d="M120 40L92 150h26z" fill="${cloth}" opacity=".85"/>
<path d="M120 40v-14M32 150l-12 4M208 150l12 4" stroke="${pole}" stroke-width="4" stroke-linecap="round"/>`,
  );

export const pack = (cloth, shade, strap) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="158" rx="62" ry="8" fill="#000" opacity=".08"/><path d="M98 34c0-22 44-22 44 0" fill="none" stroke="${strap}" stroke-width="7"/><path d="M74 66c0-26 20-36 46-36s46 10 46 36v76c0 10-8 16-18 16H92c-10 0-18-6-18-16z" fill="${cloth}"/>
<path d="M66 100h12v44h-4c-6 0-10-5-10-11v-23c0-6 0-10 2-10zM174 100h-12v44h4c6 0 10-5 10-11v-23c0-6 0-10-2-10z" fill="${shade}"/><path d="M76 56c10-18 24-24 44-24s34 6 44 24v24H76z" fill="${shade}"/><rect x="92" y="96" width="56" height="44" rx="8" fill="${shade}"/><path d="M92 110h56M104 60v28M136 60v28" stroke="${strap}" stroke-width="5"/>`,
  );

export const bag = (cloth, shade, lining) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="152" rx="94" ry="9" fill="#000" opacity=".08"/><path d="M30 118c0-22 18-34 42-34h126c12 0 20 10 20 30s-8 34-20 34H72c-24 0-42-8-42-30z" fill="${cloth}"/><path d="M84 84c-14 12-14 50 0 64M116 84c-12 14-12 50 0 64M148 84c-12 14-12 50 0 64M180 84c-12 14-12 50 0 64" stroke="${shade}" stroke-width="4" fill="none"/><ellipse cx="64" cy="112" rx="28" ry="24" fill="${lining}"/><path d="M44 98c16 6 28 6 44 0" stroke="${shade}" stroke-width="4" fill="none"/>`,
  );

export const jacket = (cloth, shade, zip) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="160" rx="72" ry="8" fill="#000" opacity=".08"/><path d="M92 34L58 50c-8 4-12 10-14 18l-14 72 22 6 14-50v62h108v-62l14 50 22-6-14-72c-2-8-6-14-14-18l-34-16c-4 12-14 18-28 18s-24-6-28-18z" fill="${cloth}"/>
<path d="M92 34c-2-10 12-16 28-16s30 6 28 16c-4 12-14 18-28 18s-24-6-28-18z" fill="${shade}"/><path d="M66 96l-14 50-22-6 3-16 24 8zM174 96l14 50 22-6-3-16-24 8z" fill="${shade}"/><path d="M66 84h108v14H66z" fill="${shade}" opacity=".55"/><path d="M120 52v106" stroke="${zip}" stroke-width="4"/><path d="M82 116l18 22M158 116l-18 22" stroke="${zip}" stroke-width="3.5" stroke-linecap="round"/>`,
  );

export const poles = (shaft, grip, band) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="162" rx="76" ry="7" fill="#000" opacity=".08"/>${[
      [78, 14],
      [150, -14],
    ]
      .map(
        ([x, lean]) =>
          `<g transform="rotate(${lean} ${x} 160)"><path d="M${x} 40v116" stroke="${shaft}" stroke-width="6"/><path d="M${x} 156v8" stroke="#9aa3ae" stroke-width="4"/><ellipse cx="${x}" cy="144" rx="13" ry="4.5" fill="${grip}"/><path d="M${x} 84v10" stroke="${band}" stroke-width="8"/><rect x="${x - 7}" y="14" width="14" height="40" rx="7" fill="${grip}"/><path d="M${x + 6} 20c18 0 20 24 2 28" fill="none" stroke="${band}" stroke-width="4"/></g>`,
      )
      .join("")}`,
  );

export const mug = (metal, shade, dark) =>
  svg(
    "0 0 240 180",
    `<ellipse cx="120" cy="154" rx="64" ry="8" fill="#000" opacity=".09"/><path d="M154 80c34-4 36 52 0 50" fill="none" stroke="${shade}" stroke-width="8"/><path d="M76 62h82v78c0 8-6 14-14 14H90c-8 0-14-6-14-14z" fill="${metal}"/><path d="M134 62h24v78c0 8-6 14-14 14h-10z" fill="${shade}" opacity=".7"/><ellipse cx="117" cy="62" rx="41" ry="9" fill="${shade}"/><ellipse cx="117" cy="62" rx="33" ry="6" fill="${dark}"/><path d="M98 104l12-16 8 10 6-6 12 12" fill="none" stroke="${dark}" stroke-width="3" stroke-linejoin="round" opacity=".6"/>${steam(108, 50, dark)}`,
  );

const hill = (d, color) => `<path d="${d}" fill="${color}"/>`;

/** Terraces in the morning. */
export const teaHills = () =>
  `<svg class="scene" viewBox="0 0 1200 560" preserveAspectRatio="xMidYMax slice" aria-hidden="true" focusable="false">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#dbe8dd"/><stop offset=".55" stop-color="#f6eeda"/><stop offset="1" stop-color="#f4e3c1"/></linearGradient><radialGradient id="sun"><stop offset="0" stop-color="#fff7df"/><stop offset=".5" stop-color="#ffe3a3"/><stop offset="1" stop-color="#ffdf94" stop-opacity="0"/></radialGradient></defs>
<rect width="1200" height="560" fill="url(#sky)"/><circle cx="875" cy="190" r="150" fill="url(#sun)"/><circle cx="875" cy="190" r="58" fill="#fff3cf"/>
<g fill="none" stroke="#4f6f62" stroke-width="3" stroke-linecap="round" opacity=".6"><path d="M690 118q9-9 18 0 9-9 18 0"/><path d="M742 92q7-7 14 0 7-7 14 0"/><path d="M652 86q6-6 12 0 6-6 12 0"/></g>
${hill("M0 330C120 260 200 190 320 250s150 60 240-30 190-40 270 40 190 60 370-50v350H0z", "#b8cfc0")}
${hill("M0 390C140 320 260 330 380 350s220-90 360-50 260 70 460-40v300H0z", "#8fb3a0")}
<path d="M0 400c180-34 330 16 520-14s420-44 680 4c-200 46-420 8-640 28s-380 30-560-18z" fill="#fff" opacity=".28"/>
${hill("M0 450C220 360 420 420 600 430s380-100 600-30v160H0z", "#5c8f76")}
<g fill="none" stroke="#79a88f" stroke-width="5" opacity=".8"><path d="M0 478c220-90 420-30 600-20s380-96 600-28"/><path d="M0 506c220-88 420-28 600-18s380-90 600-26"/></g>
${hill("M0 530C240 450 470 520 660 510s330-70 540-34v84H0z", "#2f6350")}
<g fill="none" stroke="#457c66" stroke-width="6"><path d="M0 552c240-78 470-12 660-22s330-66 540-30"/><path d="M60 566c240-62 420-6 600-16s330-58 540-22"/></g>
<g transform="translate(968 372)"><path d="M0 26L42 0l42 26z" fill="#3d3a33"/><path d="M-8 28h100l-8-6H0z" fill="#56514a"/><rect x="12" y="28" width="60" height="34" fill="#e9ddc4"/><rect x="34" y="38" width="16" height="24" fill="#8a5a3b"/><rect x="18" y="36" width="10" height="10" fill="#ffd98a"/><rect x="56" y="36" width="10" height="10" fill="#ffd98a"/></g>
</svg>`;

/** A camp under stars. */
export const camp = () => {
  const stars = Array.from({ length: 70 }, (_, i) => `<circle cx="${(i * 389) % 1200}" cy="${(i * 151) % 300}" r="${1 + (i % 3) * 0.6}" opacity="${0.4 + (i % 5) / 9}"/>`).join("");
  return `<svg class="scene" viewBox="0 0 1200 560" preserveAspectRatio="xMidYMax slice" aria-hidden="true" focusable="false">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#14233f"/><stop offset=".6" stop-color="#2d4a73"/><stop offset="1" stop-color="#e08a5b"/></linearGradient><radialGradient id="glow"><stop offset="0" stop-color="#ffd9a0"/><stop offset="1" stop-color="#ffb45e" stop-opacity="0"/></radialGradient></defs>
<rect width="1200" height="560" fill="url(#sky)"/><g fill="#fff">${stars}</g><circle cx="930" cy="120" r="42" fill="#fdf3d8"/><circle cx="914" cy="110" r="40" fill="#1d3152"/>
<g transform="matrix(-1 0 0 1 1200 0)">${hill("M0 420L190 230l110 110 150-180 190 220 120-110 180 160 130-100 130 90v140H0z", "#223a5c")}
<path d="M450 160l48 56-30 18-20-16-34 14zM190 230l40 40-26 12-20-10-26 8z" fill="#e9eef6" opacity=".85"/></g>
${hill("M0 470c200-70 380-20 560-10s420-80 640-20v120H0z", "#182a42")}${hill("M0 520c240-50 470 0 660-6s330-40 540-14v60H0z", "#101d30")}
<circle cx="880" cy="470" r="150" fill="url(#glow)" opacity=".7"/><path d="M880 396l-92 112h184z" fill="#f08a3c"/><path d="M880 396l92 112h-58z" fill="#c9652a"/><path d="M880 396l-28 112h62z" fill="#ffd9a0"/>
<g fill="#0d1826"><path d="M90 500l30-90 30 90zM120 520l26-120 30 120zM1050 510l28-96 30 96zM1100 520l24-130 32 130zM30 515l24-80 26 80z"/></g></svg>`;
};
