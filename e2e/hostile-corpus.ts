/** Texts that have broken other programs. Each that runs leaves a mark: `window.hostile`, or a request for `/hostile-probe`. */
export interface HostileText {
  what: string;
  text: string;
  /** Refused where a name is wanted. */
  isNoName?: true;
}

export const HOSTILE_TEXTS: readonly HostileText[] = [
  { what: 'a script element', text: '<script>window.hostile=1</script>' },
  { what: 'an event handler', text: '<img src=/hostile-probe onerror=window.hostile=1>' },
  { what: 'the end of an attribute', text: `"'><svg onload=window.hostile=1>` },
  { what: 'an animation', text: '<svg><animate onbegin=window.hostile=1 attributeName=x>' },
  { what: 'the end of a script', text: '</script></title></textarea><b>x' },
  { what: 'a frame', text: '<iframe srcdoc="<script>top.hostile=1</script>">' },
  { what: 'a style', text: '<style>*{background:url(/hostile-probe)}</style>' },
  { what: 'a link', text: '[x](javascript:window.hostile=1)' },
  { what: 'an address', text: 'javascript:window.hostile=1//' },
  { what: 'a data address', text: 'data:text/html,<script>opener.hostile=1</script>' },
  { what: 'template syntax', text: '{{constructor.constructor("window.hostile=1")()}}' },
  { what: 'a template literal', text: '${window.hostile=1} #{7*7} <%=7*7%>' },
  { what: 'our own placeholders', text: '{name} {count} {organisation} {time}' },
  { what: 'replacement patterns', text: "x $& $1 $` $' $$" },
  { what: 'entities', text: '&lt;b&gt; &amp;amp; &#60;i&#62; &nbsp;' },
  { what: 'SQL', text: `x'); DROP TABLE people; -- " \\` },
  { what: 'a pattern of SQL', text: '100%_x[a-z]*' },
  { what: 'a formula', text: '=HYPERLINK("/hostile-probe","x")' },
  { what: 'a command in a formula', text: "@SUM(1+1)*cmd|' /C calc'!A0" },
  { what: 'a path', text: '../../../../etc/passwd' },
  { what: 'JSON', text: '{"__proto__":{"isAdmin":true}} x' },
  { what: 'a format', text: '%s %n %x %00 x' },
  { what: 'four-byte letters', text: '𠮷野家 👩‍👩‍👧‍👦 🏳️‍🌈' },
  { what: 'many marks', text: `Z${'\u0334\u0321\u0322\u0315'.repeat(8)}algo` },
  { what: 'right-to-left letters', text: 'مرحبا بالعالم (1)' },
  { what: 'a right-to-left override', text: 'abc\u202egnp.exe', isNoName: true },
  { what: 'letters that nobody sees', text: 'ad\u200bmin\u2060x', isNoName: true },
  { what: 'nothing to be seen', text: '\u3164', isNoName: true },
  { what: 'a line separator', text: 'one\u2028two', isNoName: true },
];

/** Refused everywhere: control characters and text that is not well-formed. */
export const REFUSED_TEXTS: readonly string[] = ['a\u0000b', 'a\u001b[2Jb', 'a\rSet-Cookie: b', 'a\ud800b', 'a\u007fb'];

/** A single word as long as a field allows. */
export function longWord(length: number): string {
  return 'W'.repeat(length);
}
