// SPDX-License-Identifier: Apache-2.0
// The contrast of each text of the page to what is behind it, and of each shape of the ring, by
// the formulas of WCAG 2: {measured, low}, where low names what falls short.
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return {rgb: [red, green, blue], alpha: alpha / 255};
  };
  const luminance = ({rgb}) => {
    const [red, green, blue] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha === 1) return colour;
    }
    return parse('white');
  };
  const low = [];
  let measured = 0;
  const judge = (element, colour, ground, least) => {
    measured += 1;
    const ratio = contrast(parse(colour), ground);
    if (ratio < least) low.push(`${element.tagName}.${element.getAttribute('class') ?? ''} '${element.textContent.slice(0, 20)}' ${ratio.toFixed(2)} < ${least}`);
  };
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest('.unseen, .skip, noscript, [hidden], .ghost') || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (element instanceof SVGElement) {
      const within = element.classList.contains('zone');
      const ground = within ? parse(getComputedStyle(element.parentElement.querySelector('.body')).fill) : behind(element.closest('.card'));
      judge(element, style.fill, ground, within ? 3 : 4.5);
    } else {
      judge(element, style.color, behind(element), least);
    }
  }
  for (const body of document.querySelectorAll('.node:not(.drained) .body')) judge(body, getComputedStyle(body).fill, behind(body.closest('.card')), 3);
  return {measured, low};
})()
