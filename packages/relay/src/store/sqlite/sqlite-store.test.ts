// The SQLite store passes the contract of the store port.
import { describeDirectoryContract } from '../directory-contract.testkit.ts';
import { describeLogContract } from '../log-contract.testkit.ts';
import { makeSqliteSite } from './sqlite-site.testkit.ts';

describeDirectoryContract('sqlite', makeSqliteSite);
describeLogContract('sqlite', makeSqliteSite);
