import { cycleLaw, declaredImportLaw, layerLaw, webLaw } from './imports.ts';
import { environmentLaw, machineLaw, nameLaw, placeLaw, sizeLaw } from './places.ts';
import {
  anyLaw,
  decoratorLaw,
  erasableLaw,
  leftoverLaw,
  nonNullLaw,
  sleepLaw,
  stopwatchLaw,
  suppressionLaw,
} from './plain-code.ts';
import type { Breach, SourceFile } from './source-text.ts';
import { waitLaw } from './waits.ts';

/** Every law by the sentence it enforces. */
export const allLaws: Readonly<Record<string, (files: readonly SourceFile[]) => Breach[]>> = {
  'a package depends only on packages of a smaller layer': layerLaw,
  'an import of another package is declared and goes through its name': declaredImportLaw,
  'the web page imports only the contract and types of the model': webLaw,
  'files import each other without a cycle': cycleLaw,
  'a file has at most 400 lines': sizeLaw,
  'a file is named after its idea': nameLaw,
  'only the configuration reads the environment': environmentLaw,
  'no file names a path of one machine or a registry host': machineLaw,
  'packages and docs are where a reader looks for them': placeLaw,
  'no any': anyLaw,
  'no non-null assertion': nonNullLaw,
  'only erasable syntax': erasableLaw,
  'no decorators': decoratorLaw,
  'no check is suppressed': suppressionLaw,
  'no work is left over in a comment': leftoverLaw,
  'no test sleeps': sleepLaw,
  'no test expects a measured duration': stopwatchLaw,
  'a wait of a test has a limit of its own': waitLaw,
};
