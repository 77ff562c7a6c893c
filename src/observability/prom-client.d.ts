/** Parts of prom-client by their own paths: its entry loads everything else as well, and lengthens each start by that. */
declare module 'prom-client/lib/registry.js' {
  // biome-ignore lint/style/noRestrictedImports: a type, for the only file that loads it
  export { Registry as default } from 'prom-client'
}

declare module 'prom-client/lib/defaultMetrics.js' {
  // biome-ignore lint/style/noRestrictedImports: a type, for the only file that loads it
  export { collectDefaultMetrics as default } from 'prom-client'
}
