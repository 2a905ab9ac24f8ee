import { apiPage } from './api-page.ts';
import { cliPage } from './cli-page.ts';
import { configPage } from './config-page.ts';
import { errorsPage } from './errors-page.ts';

/** The generated pages of `docs/reference`, by file name. */
export const referencePages: Readonly<Record<string, () => string>> = {
  'api.md': apiPage,
  'cli.md': cliPage,
  'config.md': configPage,
  'errors.md': errorsPage,
};
