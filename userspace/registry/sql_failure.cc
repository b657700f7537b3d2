// SPDX-License-Identifier: Apache-2.0
#include "registry/sql_failure.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>

#include <algorithm>
#include <array>

namespace buddyring {
namespace {

// MYSQL_ERRNO of the procedures' own signals, see docs/registry.md.
constexpr unsigned signal_conflict = 32001;
constexpr unsigned signal_not_found = 32002;
constexpr unsigned signal_invalid = 32003;
constexpr unsigned signal_ring_broken = 32004;

// The client library's own errors: all of them leave the connection unusable.
constexpr unsigned client_error_min = CR_MIN_ERROR;
constexpr unsigned client_error_max = CR_MAX_ERROR;

constexpr const char* cure_reach = "check host, port and that MariaDB runs";
constexpr const char* cure_overload = "MariaDB takes no work now: try again, or see its log";
constexpr const char* cure_room = "make room on MariaDB's disk, or see its log";
constexpr const char* cure_account = "check user and password file";
constexpr const char* cure_grant = "give the user EXECUTE on the database";
constexpr const char* cure_install = "run: buddyctl registry install";
constexpr const char* cure_is_told = nullptr;  // the procedure's message holds it

struct Meaning {
  unsigned code;
  ErrorKind kind;
  const char* cure;
};

constexpr std::array meanings{
    Meaning{signal_conflict, ErrorKind::conflict, cure_is_told},
    Meaning{signal_not_found, ErrorKind::not_found, cure_is_told},
    Meaning{signal_invalid, ErrorKind::invalid, cure_is_told},
    Meaning{signal_ring_broken, ErrorKind::conflict, cure_is_told},
    Meaning{CR_AUTH_PLUGIN_CANNOT_LOAD, ErrorKind::access_denied, cure_account},
    Meaning{CR_SSL_CONNECTION_ERROR, ErrorKind::unreachable,
            "check --registry-tls-ca, and the certificate that MariaDB has and the host's name in it"},
    Meaning{ER_ACCESS_DENIED_ERROR, ErrorKind::access_denied, cure_account},
    Meaning{ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ErrorKind::access_denied, cure_account},
    Meaning{ER_HOST_NOT_PRIVILEGED, ErrorKind::access_denied, "let the user connect from this host"},
    Meaning{ER_DBACCESS_DENIED_ERROR, ErrorKind::access_denied, cure_grant},
    Meaning{ER_TABLEACCESS_DENIED_ERROR, ErrorKind::access_denied, cure_grant},
    Meaning{ER_SPECIFIC_ACCESS_DENIED_ERROR, ErrorKind::access_denied, cure_grant},
    Meaning{ER_PROCACCESS_DENIED_ERROR, ErrorKind::access_denied, cure_grant},
    Meaning{ER_BAD_DB_ERROR, ErrorKind::not_found, "create the database, then run: buddyctl registry install"},
    Meaning{ER_SP_DOES_NOT_EXIST, ErrorKind::wrong_version, cure_install},
    Meaning{ER_SP_WRONG_NO_OF_ARGS, ErrorKind::wrong_version, cure_install},
    Meaning{ER_NO_SUCH_TABLE, ErrorKind::wrong_version, cure_install},
    Meaning{ER_BAD_FIELD_ERROR, ErrorKind::wrong_version, cure_install},
    Meaning{ER_DATA_TOO_LONG, ErrorKind::invalid, "shorten it"},
    Meaning{ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ErrorKind::invalid, "names and addresses are ASCII"},
    Meaning{ER_CON_COUNT_ERROR, ErrorKind::unreachable, cure_overload},
    Meaning{ER_TOO_MANY_USER_CONNECTIONS, ErrorKind::unreachable, cure_overload},
    Meaning{ER_USER_LIMIT_REACHED, ErrorKind::unreachable, cure_overload},
    Meaning{ER_HOST_IS_BLOCKED, ErrorKind::unreachable, "run FLUSH HOSTS on MariaDB"},
    Meaning{ER_MAX_PREPARED_STMT_COUNT_REACHED, ErrorKind::unreachable,
            "raise MariaDB's max_prepared_stmt_count to four times its max_connections"},
    Meaning{ER_SERVER_SHUTDOWN, ErrorKind::unreachable, cure_reach},
    Meaning{ER_CONNECTION_KILLED, ErrorKind::unreachable, cure_reach},
    Meaning{ER_QUERY_INTERRUPTED, ErrorKind::unreachable, cure_overload},
    Meaning{ER_STATEMENT_TIMEOUT, ErrorKind::unreachable, cure_overload},
    Meaning{ER_NET_READ_ERROR, ErrorKind::unreachable, cure_reach},
    Meaning{ER_NET_READ_INTERRUPTED, ErrorKind::unreachable, cure_reach},
    Meaning{ER_NET_ERROR_ON_WRITE, ErrorKind::unreachable, cure_reach},
    Meaning{ER_NET_WRITE_INTERRUPTED, ErrorKind::unreachable, cure_reach},
    Meaning{ER_OPTION_PREVENTS_STATEMENT, ErrorKind::unreachable, "MariaDB is read-only: use the primary"},
    Meaning{ER_UNKNOWN_COM_ERROR, ErrorKind::unreachable,
            "this node has lost its cluster or is about to join it; see its wsrep_local_state_comment"},
    Meaning{ER_ERROR_DURING_COMMIT, ErrorKind::unreachable, "whether it was done is unknown; see MariaDB's log"},
    Meaning{ER_RECORD_FILE_FULL, ErrorKind::unreachable, cure_room},
    Meaning{ER_DISK_FULL, ErrorKind::unreachable, cure_room},
    Meaning{ER_ERROR_ON_WRITE, ErrorKind::unreachable, cure_room},
    Meaning{ER_GET_ERRNO, ErrorKind::unreachable, cure_room},
    Meaning{ER_LOCK_DEADLOCK, ErrorKind::unreachable, cure_overload},
    Meaning{ER_LOCK_WAIT_TIMEOUT, ErrorKind::unreachable, cure_overload},
    Meaning{ER_CHECKREAD, ErrorKind::unreachable, cure_overload},
};

bool is_client_error(unsigned code) {
  return (code >= client_error_min && code <= client_error_max) || (code >= CER_MIN_ERROR && code <= CER_MAX_ERROR);
}

Meaning meaning_of(unsigned code) {
  const auto* const found =
      std::find_if(meanings.begin(), meanings.end(), [code](const Meaning& meaning) { return meaning.code == code; });
  if (found != meanings.end()) {
    return *found;
  }
  return is_client_error(code) ? Meaning{code, ErrorKind::unreachable, cure_reach}
                               : Meaning{code, ErrorKind::system, "see MariaDB's log"};
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

}  // namespace

bool is_retryable(const SqlFailure& failure) {
  // ER_CHECKREAD: a row changed after the transaction's snapshot, which counts
  // where innodb_snapshot_isolation is on.
  return failure.code == ER_LOCK_DEADLOCK || failure.code == ER_LOCK_WAIT_TIMEOUT || failure.code == ER_CHECKREAD;
}

bool ends_connection(const SqlFailure& failure) {
  // A commit that failed in a cluster may still reach the other nodes.
  return is_client_error(failure.code) || failure.code == ER_ERROR_DURING_COMMIT ||
         failure.code == ER_SERVER_SHUTDOWN || failure.code == ER_CONNECTION_KILLED || refuses_work(failure);
}

bool refuses_work(const SqlFailure& failure) {
  // A server that became read-only is no longer the primary; one without its cluster
  // answers everything like that.
  return failure.code == ER_OPTION_PREVENTS_STATEMENT || failure.code == ER_UNKNOWN_COM_ERROR;
}

bool is_denied(const SqlFailure& failure) { return failure.code == ER_TABLEACCESS_DENIED_ERROR; }

bool is_missing_schema(const SqlFailure& failure) {
  return failure.code == ER_NO_SUCH_TABLE || failure.code == ER_SP_DOES_NOT_EXIST;
}

Error to_error(const SqlFailure& failure, const std::string& attempt, const std::string& where) {
  const Meaning meaning = meaning_of(failure.code);
  std::string message = attempt + " at " + where + ": " + one_line(failure.message);
  if (meaning.cure != cure_is_told) {
    message += " (" + std::to_string(failure.code) + "); " + meaning.cure;
  }
  return {meaning.kind, std::move(message)};
}

}  // namespace buddyring
