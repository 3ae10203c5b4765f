// The drawings: what is asked, and the mark of a verdict. A shape as well as a colour.

const face = (inside) => `<svg viewBox="0 0 100 100"><ellipse class="ground" cx="50" cy="52" rx="30" ry="38"/>${inside}</svg>`;
const eyes = '<circle class="solid" cx="38" cy="46" r="3.5" stroke="none"/><circle class="solid" cx="62" cy="46" r="3.5" stroke="none"/>';
const mouth = '<path d="M40 70h20"/>';

export const DRAWINGS = {
  look: face(`${eyes}${mouth}<path d="M50 52v8"/>`),
  blink: face(`<path class="shuts" d="M30 46q8-8 16 0q-8 8-16 0"/><path class="shuts" d="M54 46q8-8 16 0q-8 8-16 0"/>${mouth}`),
  // The picture is a mirror, so the person's left is the screen's left.
  turn_left: face(`<g class="moves leftward"><g transform="translate(-6 0)">${eyes}<path d="M46 52l-4 8h4"/>${mouth}</g></g><path d="M22 12q-14 8-14 24"/><path d="M2 30l6 8 8-6"/>`),
  turn_right: face(`<g class="moves"><g transform="translate(6 0)">${eyes}<path d="M54 52l4 8h-4"/>${mouth}</g></g><path d="M78 12q14 8 14 24"/><path d="M98 30l-6 8-8-6"/>`),
  mouth_open: face(`${eyes}<ellipse class="shuts" cx="50" cy="71" rx="9" ry="10"/>`),
  smile: face(`${eyes}<path d="M35 64q15 17 30 0"/>`),
};

const disc = (inside) => `<svg viewBox="0 0 100 100"><circle class="disc" cx="50" cy="50" r="46"/>${inside}</svg>`;
const CLOCK = '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path d="M50 24v27l17 11"/></svg>';

export const BADGES = {
  admitted: disc('<path class="cut" d="M28 52l15 15 30-32"/>'),
  late: '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path class="half" stroke="none" d="M50 7a43 43 0 0 1 0 86z"/></svg>',
  out: disc('<path class="cut" d="M30 50h38M54 34l16 16-16 16"/>'),
  way: '<svg viewBox="0 0 100 100"><circle cx="50" cy="50" r="43"/><path d="M28 50h42M54 33l17 17-17 17"/></svg>',
  too_early: CLOCK,
  wrong_sitting: CLOCK,
  person: '<svg viewBox="0 0 100 100"><circle cx="50" cy="34" r="17"/><path d="M18 88q4-30 32-30t32 30"/></svg>',
};
