import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { apiDocument } from './api-document.js';
import { AppModule } from './app.module.js';
import { readEnvironment } from './config/read-environment.js';
import { routesOf, withScopeTable } from './route-table.js';

// Nothing is opened in a preview, so any key does.
const environment = readEnvironment({ SECRET_KEY: 'A'.repeat(43) });
const app = await NestFactory.create(AppModule.with(environment), {
  logger: false,
  preview: true,
  abortOnError: false,
});
writeFileSync('openapi.json', `${JSON.stringify(apiDocument(app), null, 2)}\n`);
const guide = 'docs/administration.md';
writeFileSync(guide, withScopeTable(readFileSync(guide, 'utf8'), routesOf(app)));
