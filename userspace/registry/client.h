// SPDX-License-Identifier: Apache-2.0
// Client: the server table and its stored procedures, at one of its endpoints.
//
// Theory of operation. Each call below is one procedure, and each procedure is
// one transaction; nothing here writes a table. A call on a connection that was
// lost opens a new one first. Deadlocks (1213), lock timeouts (1205) and rows
// changed since they were read (1020) are retried here, limits::registry_conflict_retries_max times, because the
// transaction was rolled back whole. A call whose connection breaks while it
// runs is `unreachable`: it may or may not have been done, and every procedure
// may be called again. Blocking; for one thread at a time.
//
// Of several endpoints it is connected to one. An endpoint that is unreachable, or that
// says that it takes no work (read-only; no part of its cluster), is left for the next,
// in one and the same call; only a verdict is handed back to the caller instead, who must
// see anew whether it still holds. core/endpoints.h says in which order they are tried,
// and try_return() leads back to an earlier one.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/endpoints.h"
#include "core/registry_messages.h"
#include "core/registry_url.h"
#include "core/result.h"
#include "registry/audit_entry.h"
#include "registry/schema_version.h"

namespace buddyring {

class Connection;
struct ResultSet;
struct SqlFailure;

// A row of the server table, for operators and routers.
struct ServerRow {
  Server server;
  Epoch epoch = 0;
  std::string buddy_a;  // names; empty when alone
  std::string buddy_b;
  std::string zone{};     // "" for none
  bool drained = false;   // gets no clients
  unsigned weight = 100;  // of its clients, in percent of the usual
  friend bool operator==(const ServerRow&, const ServerRow&) = default;
};

// What a live server last told of its round trips.
struct RttReportRow {
  std::string server;
  std::array<RttSummary, 2> rtts;
};

// What an operator wants of a server. `by` is a name, `why` anybody's words.
struct OperatorRequest {
  std::string server;
  std::string by;
  std::string why;
};

// What became of a pause.
struct PauseReply {
  bool changed = false;
  std::string until;  // by the database's clock, UTC; "" when no verdict is held up any more
};

// A pool as it was at one moment; `version` rises with each change of the pool.
struct PoolSnapshot {
  uint64_t version = 0;
  std::optional<Duration> paused_left{};  // until its verdicts count again; nothing when they do
  std::vector<ServerRow> servers;         // by name
};

// A broken invariant of the ring: which, where, and what was found.
struct Violation {
  std::string rule;
  std::string server;
  std::string detail;
};

class RegistryClient {
 public:
  // Does not connect yet. Of `urls`, which are not empty, the first is preferred.
  // `password` may be empty; `tls_ca` as Connection has it.
  RegistryClient(std::vector<RegistryUrl> urls, std::string password, std::string tls_ca = "");
  RegistryClient(RegistryUrl url, std::string password, std::string tls_ca = "");
  ~RegistryClient();
  RegistryClient(const RegistryClient&) = delete;
  RegistryClient& operator=(const RegistryClient&) = delete;

  // Connects if there is no connection, and checks that the schema serves programs of
  // registry_schema_version: it has this version, or a later one that says so.
  // Errors: unreachable, access_denied, wrong_version.
  Status connect();
  [[nodiscard]] bool connected() const;
  // The endpoint that it is, or was last, connected to; and all of them, in the order in
  // which they were given.
  [[nodiscard]] const RegistryUrl& url() const;
  [[nodiscard]] const Endpoints& endpoints() const { return endpoints_; }
  // When try_return() has something to do; nothing while it is where it prefers to be.
  [[nodiscard]] std::optional<Instant> return_due() const;
  // Goes back to an earlier endpoint, if one is due, answers and is not read-only. Waits
  // for it for limits::endpoint_return_timeout; the connection that is there stays else.
  void try_return();
  // One round trip on the open connection; unreachable closes it.
  Status ping();

  // Errors of all: those of connect(), and conflict / not_found / invalid with
  // the procedure's own message.
  Result<AnnounceReply> announce(const std::string& pool, const AnnounceRequest& request);
  // Where announcing would put a server now. The pool may be unknown.
  Result<BesideReply> beside(const std::string& pool, const BesideRequest& request);
  // Not called again after a deadlock or lock timeout unless `still_wanted`.
  Result<DeleteReply> remove(
      const std::string& pool, const DeleteRequest& request,
      const std::function<bool()>& still_wanted = [] { return true; });
  // Leaves the mark, so it is no mere reading.
  Result<BeyondReply> beyond(const std::string& pool, const BeyondRequest& request);
  Result<RowReply> row(const std::string& pool, const RowRequest& request);
  Result<ReportReply> report(const std::string& pool, const ReportRequest& request);
  // A random live server that gets clients, none of `except`, which are valid names;
  // not_found when there is none, invalid when those are more than the table reads.
  Result<Server> pick(const std::string& pool, const std::vector<std::string>& except = {});
  // True when it was not so before. not_found when the name was never announced.
  Result<bool> drain(const std::string& pool, const OperatorRequest& request, bool drained);
  Result<bool> weigh(const std::string& pool, const OperatorRequest& request, unsigned weight);
  // No verdict counts in the pool from now on for so long, at most limits::pause_max; with 0 they
  // count again. Of `request`, the server is left out. not_found for an unknown pool.
  Result<PauseReply> pause(const std::string& pool, const OperatorRequest& request, std::chrono::seconds length);
  // Writes into the audit that somebody wants the server to announce itself anew. Whether it has
  // a row. not_found when the name was never announced.
  Result<bool> note_rejoin(const std::string& pool, const OperatorRequest& request);
  // The version alone is cheap enough to poll. An unknown pool has version 0.
  Result<uint64_t> pool_version(const std::string& pool);
  Result<PoolSnapshot> list(const std::string& pool);
  // The newest first, of one server or, with '', of all; `limit` at most.
  Result<std::vector<AuditEntry>> audit(const std::string& pool, const std::string& server, unsigned limit);
  // The same for whoever shows them to others: without an operator's reasons and accounts.
  Result<std::vector<AuditEntry>> events(const std::string& pool, unsigned limit);
  // What the pool's live servers told of their round trips, by name; `limit` at most.
  Result<std::vector<RttReportRow>> reports(const std::string& pool, unsigned limit);
  // On a connection of its own, because a walk by a large ring takes longer than other
  // calls: limits::registry_verify_timeout at most.
  Result<std::vector<Violation>> verify(const std::string& pool);

  // For the installer. None of these checks the schema version.
  // A statement that may run twice: it is tried again for limits::registry_schema_patience
  // while others hold what it needs.
  Status execute(const std::string& statement);
  // The installed schema version; 0 on an empty database.
  Result<uint32_t> schema_version();
  // The names of the database's procedures.
  Result<std::set<std::string>> procedures();
  // On a new connection, which waits for limits::registry_install_timeout for an answer.
  // Keeps other installers out until this connection is closed or
  // unlock_schema() is called; conflict when another has been at it for longer
  // than limits::registry_lock_timeout. Locks count on one node of a Galera cluster, so all
  // take that of its first member: conflict when none of the endpoints is it.
  // Until unlock_schema(), nothing connects anew, since the lock would be lost.
  Status lock_schema();
  Status unlock_schema();

 private:
  struct Call;
  // connect() without looking at the schema.
  Status open();
  // Whom a cluster's installers meet at: the members in their order when this is another of
  // them; nothing when it is the first, or no cluster.
  Result<std::optional<std::string>> members_behind_another(const std::string& attempt);
  Status go_to_first_member(const std::string& attempt);
  // Tries the endpoints in turn until one takes us.
  Status reach(bool checks_schema);
  Status check_schema();
  // Of the endpoint at hand.
  void note_failure();
  uint16_t draw();
  // What SchemaRange says; of a database from before it, SchemaVersion.
  struct SchemaRange {
    uint64_t version = 0;
    uint64_t serves_from = 0;
    bool read_only = false;
  };
  Result<SchemaRange> schema_range(const std::string& attempt);
  Error fail(const SqlFailure& failure, const std::string& attempt) const;
  Error malformed(const std::string& attempt) const;
  // Connects if need be and calls a procedure, again when the database asks for it.
  Result<std::vector<ResultSet>> run(
      const Call& call, const std::function<bool()>& still_wanted = [] { return true; });
  // As run(), and reads the result sets; nothing read means that they are malformed.
  template <class Reply>
  using Reader = std::optional<Reply> (*)(const std::vector<ResultSet>& sets);
  template <class Reply>
  Result<Reply> ask(
      const Call& call, Reader<Reply> read, const std::function<bool()>& still_wanted = [] { return true; });
  // The one number that a statement or procedure gives.
  Result<uint64_t> number_of(const std::vector<ResultSet>& sets, const std::string& attempt) const;

  std::vector<RegistryUrl> urls_;
  std::unique_ptr<Connection> connection_;
  size_t at_ = 0;  // the endpoint of connection_
  bool schema_locked_ = false;
  Endpoints endpoints_;
  std::minstd_rand random_;
};

}  // namespace buddyring
