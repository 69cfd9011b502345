import tseslint from 'typescript-eslint';

// Lowest first: a folder imports itself and lower layers, never a peer or anything higher (src/README.md).
const layers = [
  ['errors', 'clock', 'guard', 'json', 'redact', 'media'],
  ['container', 'rtp', 'signalling', 'channel', 'pairing'],
  ['ffmpeg', 'peer'],
  ['decode', 'encode', 'transport'],
  ['source'],
  ['session', 'demo'],
  ['worker'],
  ['client'],
  ['index'],
  ['cli'],
];
const owners = {
  werift: 'peer',
  'node:child_process': 'ffmpeg',
  'node:worker_threads': 'worker',
  undici: 'signalling',
};
const boundaries = layers.flatMap((layer, level) =>
  layer.flatMap((folder) => {
    const forbidden = [
      ...layers
        .slice(level)
        .flat()
        .filter((name) => name !== folder),
      'nodes',
    ].join('|');
    const paths = [
      ...Object.entries(owners)
        .filter(([, owner]) => owner !== folder)
        .map(([name, owner]) => ({ name, message: `only src/${owner} may import ${name}` })),
      { name: 'node-red', message: 'src knows nothing of Node-RED' },
    ];
    const rule = (files, up) => ({
      files,
      rules: {
        'no-restricted-imports': [
          'error',
          {
            paths,
            patterns: [{ regex: `^${up}/(${forbidden})(/|$)`, message: `src/${folder} may import only lower layers` }],
          },
        ],
      },
    });
    return [rule([`src/${folder}/**/*.ts`], '\\.\\.'), rule([`src/${folder}.ts`], '\\.')];
  }),
);

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      '.node-red/**',
      '.interop/**',
      '.dashboard/**',
      '**/*.mjs',
      'scripts/**',
      'resources/**',
      'nodes/**/*.html',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
      'max-depth': ['error', 3],
      'max-params': ['error', 3],
    },
  },
  ...boundaries,
  {
    files: ['nodes/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/src/(?!index(\\.js)?$)', message: 'nodes enter the library through src/index' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'vitest.config.mts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
);
