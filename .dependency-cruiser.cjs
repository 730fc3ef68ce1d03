// The one-way rule of docs/architecture: protocol <- platform <- audit <- access, authority, policy <- desk, relay
// <- sessions <- recordings <- app <- main; ui and helper import protocol and nothing else of ours.
const layers = [
  ['platform', ['platform']],
  ['front-door', ['platform', 'front-door']],
  ['audit', ['platform', 'audit']],
  ['(access|authority|policy)', ['platform', 'audit', 'access', 'authority', 'policy']],
  ['(desk|relay)', ['platform', 'audit', 'access', 'authority', 'policy', 'desk', 'relay']],
  ['sessions', ['platform', 'audit', 'access', 'authority', 'policy', 'desk', 'relay', 'sessions']],
  [
    'operations',
    ['platform', 'audit', 'access', 'authority', 'policy', 'desk', 'relay', 'sessions', 'recordings', 'operations'],
  ],
];
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-imports-nothing-of-ours',
      severity: 'error',
      from: { path: '^protocol/' },
      to: { path: '^(server|ui|helper|ops|e2e|bench)/' },
    },
    {
      name: 'ui-imports-protocol-only',
      severity: 'error',
      from: { path: '^ui/' },
      to: { path: '^(server|helper|ops|e2e|bench)/' },
    },
    {
      name: 'helper-imports-protocol-only',
      severity: 'error',
      from: { path: '^helper/' },
      to: { path: '^(server|ui|ops|e2e|bench)/' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^(server|ui|helper|ops)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(e2e|bench)/' },
    },
    {
      name: 'platform-code-stays-behind-its-interface',
      severity: 'error',
      from: { path: '^helper/', pathNot: '^helper/(platform/|main\\.ts|.*\\.test\\.ts)' },
      to: { path: '^helper/platform/(linux|windows|macos)/' },
    },
    ...layers.map(([layer, may]) => ({
      name: `server-${layer.replace(/\W/g, '-')}-looks-down-only`,
      severity: 'error',
      from: { path: `^server/${layer}/`, pathNot: '\\.test\\.ts$' },
      to: { path: '^server/', pathNot: `^server/(${may.join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    extraExtensionsToScan: ['.svelte'],
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.svelte', '.svelte.ts'] },
  },
};
