/** What a scraper asks for, and how many series it gets. Pure. */

/** What Prometheus 3 asks for. */
export const scrapeAccept =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

/** Sample lines of an exposition: in Prometheus each is a series. */
export function countSamples(body: string): number {
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}

/** The routes an exposition names: every registered one has a series for status 500 from the start. */
export function routesOf(body: string): { method: string; path: string }[] {
  const found = body.matchAll(/^http_requests_total\{([^}]*\bstatus="500"[^}]*)\}/gm)
  return [...found].flatMap(([, labels = '']) => {
    const method = /\bmethod="([^"]*)"/.exec(labels)?.[1]
    const path = /\bpath="([^"]*)"/.exec(labels)?.[1]
    return method === undefined || path === undefined || !path.startsWith('/') ? [] : [{ method, path }]
  })
}
