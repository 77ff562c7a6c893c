/** What a scraper asks for, and how many series it gets. Pure. */

/** What Prometheus 3 asks for. */
export const scrapeAccept =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

/** Sample lines of an exposition: in Prometheus each is a series. */
export function countSamples(body: string): number {
  return body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
}
