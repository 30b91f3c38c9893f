import { decides, type KnownStatement, madeOnce } from './known-statement.js';
import { patience } from './engine.js';

/** What a block ends with where one of its statements met no row (ER_SIGNAL_EXCEPTION). */
export const missed = 1644;

/** What a server says to a block that does not know them (ER_PARSE_ERROR). */
export const unknownSyntax = 1064;

const ifMissed = "IF ROW_COUNT() <> 1 THEN SIGNAL SQLSTATE '45000'; END IF;";

/** A failed wait for a lock, as it would have been for the statement that waited. */
const ifLate = "IF SYSDATE(6) > late THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1205; END IF;";

/**
 * All of a change in one statement of MariaDB: a block with its transaction. When it has taken longer than its caller waits
 * it does not commit, since a server does not notice that nobody listens any more.
 */
export const mariadbBlock = madeOnce(
  (statements) => `BEGIN NOT ATOMIC
DECLARE late DATETIME(6) DEFAULT SYSDATE(6) + INTERVAL ${patience.statement / 1000} SECOND;
DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
START TRANSACTION;
${statements.map(withCheck).join('\n')}
${ifLate}
COMMIT;
END`,
);

const withCheck = (statement: KnownStatement): string =>
  decides(statement) ? `${statement.text}; ${ifMissed}` : `${statement.text};`;
