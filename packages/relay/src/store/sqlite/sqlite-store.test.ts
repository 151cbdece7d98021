// The SQLite store passes the contract of the store port.
import { describeConversationContract } from '../conversation-contract.testkit.ts';
import { describeDirectoryContract } from '../directory-contract.testkit.ts';
import { describeKeyPackageContract } from '../key-package-contract.testkit.ts';
import { describeLogContract } from '../log-contract.testkit.ts';
import { makeSqliteSite } from './sqlite-site.testkit.ts';

describeDirectoryContract('sqlite', makeSqliteSite);
describeLogContract('sqlite', makeSqliteSite);
describeConversationContract('sqlite', makeSqliteSite);
describeKeyPackageContract('sqlite', makeSqliteSite);
