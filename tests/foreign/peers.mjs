// Another reader of YAML, by other authors, in another language: reads a JSON list of texts, writes a JSON list of
// {data} or {error}. Run as: node peers.mjs FOLDER, where FOLDER holds node_modules/yaml.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'

const YAML = createRequire(`${process.argv[2]}/`)('yaml')

function read(text) {
  const document = YAML.parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true })
  return document.errors.length ? { error: document.errors[0].message } : { data: document.toJS() }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(read)))
