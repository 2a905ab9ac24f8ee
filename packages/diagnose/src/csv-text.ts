/** Rows of comma-separated text with quoted fields as in RFC 4180; empty lines are left out. */
export function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field: string;
    if (text[at] === '"') {
      let end = at + 1;
      while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1;
      field = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const rest = /[,\n]/g;
      rest.lastIndex = at;
      const end = rest.exec(text)?.index ?? text.length;
      field = text.slice(at, end).replace(/\r$/, '');
      at = end;
    }
    row.push(field);
    if (text[at] === '\r') at += 1;
    if (text[at] === ',') {
      at += 1;
      if (at < text.length) continue;
      row.push('');
    } else at += 1;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
