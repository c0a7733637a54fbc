/** The worker of pdf.js as text: the build puts it there. */
declare module 'pdf-worker-source' {
  const source: string;
  export default source;
}
