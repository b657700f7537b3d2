// SPDX-License-Identifier: Apache-2.0
#include "registry/client.h"

#include <string_view>
#include <utility>

#include "core/limits.h"
#include "posix/clock.h"
#include "registry/connection.h"
#include "registry/replies.h"

namespace buddyring {
namespace {

const char* text_of(DeleteReason reason) {
  switch (reason) {
    case DeleteReason::dead:
      return "dead";
    case DeleteReason::left:
      return "left";
    case DeleteReason::removed:
      break;
  }
  return "removed";
}

const char* text_of(WitnessWord word) {
  switch (word) {
    case WitnessWord::none:
      break;
    case WitnessWord::concurs:
      return "concurs";
    case WitnessWord::abstains:
      return "abstains";
    case WitnessWord::closed:
      return "closed";
    case WitnessWord::beyond:
      return "beyond";
  }
  return "";
}

// As CheckRun reads it: name=incarnation,name=incarnation. No name has either sign.
std::string text_of(const std::vector<RunMember>& run) {
  std::string text;
  for (const auto& member : run) {
    text += (text.empty() ? "" : ",") + member.server + "=" + std::to_string(member.incarnation);
  }
  return text;
}

}  // namespace

struct RegistryClient::Call {
  const char* procedure;
  std::vector<SqlValue> values;
  std::string attempt;  // for messages: what the caller is about
  bool is_verdict = false;
};

RegistryClient::RegistryClient(std::vector<RegistryUrl> urls, std::string password, std::string tls_ca)
    : urls_(std::move(urls)),
      connection_(std::make_unique<Connection>(urls_.at(0), std::move(password), std::move(tls_ca))),
      endpoints_(urls_.size()),
      random_(std::random_device{}()) {}

RegistryClient::RegistryClient(RegistryUrl url, std::string password, std::string tls_ca)
    : RegistryClient(std::vector{std::move(url)}, std::move(password), std::move(tls_ca)) {}

RegistryClient::~RegistryClient() = default;

bool RegistryClient::connected() const { return connection_->is_open(); }

const RegistryUrl& RegistryClient::url() const { return connection_->url(); }

std::optional<Instant> RegistryClient::return_due() const {
  const auto back = endpoints_.due_return();
  return back ? std::optional(back->due) : std::nullopt;
}

uint16_t RegistryClient::draw() { return static_cast<uint16_t>(random_()); }

void RegistryClient::note_failure() { endpoints_.on_failed(monotonic_now(), at_, draw()); }

void RegistryClient::try_return() {
  const auto back = endpoints_.due_return();
  if (!back || back->due > monotonic_now()) {
    return;
  }
  const std::string attempt = "going back";
  auto tried = connection_->to(urls_[back->index])->again(limits::endpoint_return_timeout);
  const auto opened = tried->open();
  std::swap(connection_, tried);
  const auto range = std::holds_alternative<Done>(opened)
                         ? schema_range(attempt)
                         : Result<SchemaRange>(fail(std::get<SqlFailure>(opened), attempt));
  std::swap(connection_, tried);
  auto moved = range && !range.value().read_only ? connection_->to(urls_[back->index]) : nullptr;
  if (moved && std::holds_alternative<Done>(moved->open())) {
    connection_ = std::move(moved);
    at_ = back->index;
    endpoints_.on_reached(at_);
  } else {
    endpoints_.on_failed(monotonic_now(), back->index, draw());
  }
}

Error RegistryClient::fail(const SqlFailure& failure, const std::string& attempt) const {
  return to_error(failure, attempt, connection_->url().text());
}

Error RegistryClient::malformed(const std::string& attempt) const {
  return {ErrorKind::wrong_version, attempt + " at " + connection_->url().text() +
                                        ": the procedure's reply does not have the shape expected; run: buddyctl "
                                        "registry install"};
}

Status RegistryClient::open() {
  if (schema_locked_ && !connection_->is_open()) {
    return Error{ErrorKind::unreachable, "changing the schema at " + connection_->url().text() +
                                             ": the connection that kept other installers out was lost; start again"};
  }
  return reach(false);
}

Status RegistryClient::connect() { return reach(true); }

Status RegistryClient::reach(bool checks_schema) {
  if (connection_->is_open()) {
    return Done{};
  }
  std::string failures;
  for (const size_t index : endpoints_.to_try(monotonic_now())) {
    if (index != at_) {
      connection_ = connection_->to(urls_[index]);
      at_ = index;
    }
    const auto opened = connection_->open();
    const auto* const failure = std::get_if<SqlFailure>(&opened);
    Status reached = failure != nullptr ? Status(fail(*failure, "connecting")) : Done{};
    if (reached && checks_schema) {
      reached = check_schema();
    }
    if (reached) {
      endpoints_.on_reached(index);
      return reached;
    }
    // Else the next call would take the connection for one that was checked.
    connection_->close();
    note_failure();
    if (reached.error().kind != ErrorKind::unreachable) {
      return reached;
    }
    failures += (failures.empty() ? "" : "; ") + reached.error().message;
  }
  return Error{ErrorKind::unreachable, failures};
}

Status RegistryClient::check_schema() {
  const std::string attempt = "checking the schema version";
  const auto range = schema_range(attempt);
  if (range && range.value().serves_from <= registry_schema_version &&
      registry_schema_version <= range.value().version) {
    return Done{};
  }
  if (!range) {
    return range.error();
  }
  const uint64_t version = range.value().version;
  return Error{ErrorKind::wrong_version,
               attempt + " at " + connection_->url().text() + ": it is " + std::to_string(version) +
                   ", this program needs " + std::to_string(registry_schema_version) +
                   (version < registry_schema_version ? "; run: buddyctl registry install"
                                                      : "; use the Buddyring release that installed it")};
}

Result<RegistryClient::SchemaRange> RegistryClient::schema_range(const std::string& attempt) {
  auto answer = connection_->call("SchemaRange", {});
  if (const auto* failure = std::get_if<SqlFailure>(&answer); failure != nullptr && is_missing_schema(*failure)) {
    answer = connection_->call("SchemaVersion", {});
    failure = std::get_if<SqlFailure>(&answer);
    const auto version = failure != nullptr ? Result<uint64_t>(fail(*failure, attempt))
                                            : number_of(std::get<std::vector<ResultSet>>(answer), attempt);
    return version ? Result<SchemaRange>(SchemaRange{version.value(), version.value(), false}) : version.error();
  }
  if (const auto* const failure = std::get_if<SqlFailure>(&answer)) {
    return fail(*failure, attempt);
  }
  const auto& sets = std::get<std::vector<ResultSet>>(answer);
  if (sets.size() != 1 || sets[0].rows.size() != 1) {
    return malformed(attempt);
  }
  Row row(sets[0], 0);
  const SchemaRange range{row.number<uint64_t>("version"), row.number<uint64_t>("serves_from"),
                          row.number<unsigned>("read_only") != 0};
  return row.ok() ? Result<SchemaRange>(range) : malformed(attempt);
}

Status RegistryClient::ping() {
  if (!connection_->is_open()) {
    return Error{ErrorKind::unreachable, "pinging " + connection_->url().text() + ": there is no connection"};
  }
  const auto done = connection_->ping();
  const auto* const failure = std::get_if<SqlFailure>(&done);
  if (failure == nullptr) {
    return Done{};
  }
  note_failure();
  return fail(*failure, "pinging");
}

Result<std::vector<ResultSet>> RegistryClient::run(const Call& call, const std::function<bool()>& still_wanted) {
  if (auto connected = connect(); !connected) {
    return connected.error();
  }
  const Instant deadline = monotonic_now() + limits::registry_query_timeout;
  size_t moves = 0;
  for (unsigned attempt = 0;; ++attempt) {
    auto answer = connection_->call(call.procedure, call.values);
    auto* const failure = std::get_if<SqlFailure>(&answer);
    if (failure == nullptr) {
      return std::get<std::vector<ResultSet>>(std::move(answer));
    }
    if (is_retryable(*failure) && attempt < limits::registry_conflict_retries_max && monotonic_now() <= deadline &&
        still_wanted()) {
      continue;
    }
    if (!connection_->is_open()) {
      note_failure();
    }
    if (!refuses_work(*failure) || call.is_verdict || ++moves == urls_.size() || !connect()) {
      return fail(*failure, call.attempt);
    }
  }
}

template <class Reply>
Result<Reply> RegistryClient::ask(const Call& call, Reader<Reply> read, const std::function<bool()>& still_wanted) {
  const auto sets = run(call, still_wanted);
  if (!sets) {
    return sets.error();
  }
  auto reply = read(sets.value());
  return reply ? Result<Reply>(*std::move(reply)) : malformed(call.attempt);
}

Result<uint64_t> RegistryClient::number_of(const std::vector<ResultSet>& sets, const std::string& attempt) const {
  if (sets.size() != 1 || sets[0].rows.size() != 1 || sets[0].columns.size() != 1) {
    return malformed(attempt);
  }
  Row row(sets[0], 0);
  const auto number = row.number<uint64_t>(sets[0].columns[0]);
  return row.ok() ? Result<uint64_t>(number) : malformed(attempt);
}

Result<AnnounceReply> RegistryClient::announce(const std::string& pool, const AnnounceRequest& request) {
  const Server& server = request.server;
  const Call call{"ServerAnnounceBeside",
                  {pool, server.name, server.address.text(), uint64_t{server.replace_port}, server.incarnation,
                   request.zone, request.beside},
                  "announcing " + server.name + " in pool " + pool};
  return ask(call, read_announce);
}

Result<BesideReply> RegistryClient::beside(const std::string& pool, const BesideRequest& request) {
  const Call call{"ServerBeside",
                  {pool, request.server, request.zone},
                  "looking for a place for " + request.server + " in pool " + pool};
  return ask(call, read_beside);
}

Result<DeleteReply> RegistryClient::remove(const std::string& pool, const DeleteRequest& request,
                                           const std::function<bool()>& still_wanted) {
  const Evidence& evidence = request.evidence;
  const Call call{"ServerDelete",
                  {pool, request.server, request.incarnation, request.accuser, std::string(text_of(request.reason)),
                   evidence.last_answer_ns, evidence.verdict_ns, uint64_t{evidence.misses}, evidence.detail,
                   text_of(request.run), request.witness, std::string(text_of(request.word))},
                  "deleting " + request.server + " from pool " + pool,
                  request.reason == DeleteReason::dead};
  return ask(call, read_delete, still_wanted);
}

Result<BeyondReply> RegistryClient::beyond(const std::string& pool, const BeyondRequest& request) {
  const Call call{"ServerBeyond",
                  {pool, request.server, request.suspect},
                  "asking for the servers beyond " + request.suspect + " in pool " + pool};
  return ask(call, read_beyond);
}

Result<RowReply> RegistryClient::row(const std::string& pool, const RowRequest& request) {
  const Call call{"ServerRow", {pool, request.server}, "reading the row of " + request.server + " in pool " + pool};
  return ask(call, read_row);
}

Result<ReportReply> RegistryClient::report(const std::string& pool, const ReportRequest& request) {
  const auto& [a, b] = request.rtts;
  const Call call{
      "ServerReport",
      {pool, request.server, request.incarnation, a.buddy, uint64_t{a.rtt_class}, b.buddy, uint64_t{b.rtt_class}},
      "reporting the round trips of " + request.server + " in pool " + pool};
  return ask(call, read_report);
}

Result<Server> RegistryClient::pick(const std::string& pool, const std::vector<std::string>& except) {
  std::string names;
  for (const auto& name : except) {
    names += (names.empty() ? "" : ",") + name;
  }
  const Call call{"ServerPickExcept", {pool, names}, "picking a server of pool " + pool};
  const auto sets = run(call);
  if (!sets) {
    return sets.error();
  }
  if (sets.value().size() == 1 && sets.value()[0].rows.empty()) {
    return Error{ErrorKind::not_found, call.attempt + " at " + connection_->url().text() +
                                           ": it has no server for clients; check the pool's name, that "
                                           "buddyd runs, and what is drained or excluded"};
  }
  auto server = sets.value().size() == 1 ? read_pick(sets.value()) : std::nullopt;
  return server ? Result<Server>(*std::move(server)) : malformed(call.attempt);
}

Result<bool> RegistryClient::drain(const std::string& pool, const OperatorRequest& request, bool drained) {
  const Call call{"ServerDrain",
                  {pool, request.server, uint64_t{drained}, request.by, request.why},
                  (drained ? "draining " : "undraining ") + request.server + " in pool " + pool};
  return ask(call, read_change);
}

Result<bool> RegistryClient::weigh(const std::string& pool, const OperatorRequest& request, unsigned weight) {
  const Call call{"ServerWeight",
                  {pool, request.server, uint64_t{weight}, request.by, request.why},
                  "weighing " + request.server + " in pool " + pool};
  return ask(call, read_change);
}

Result<PauseReply> RegistryClient::pause(const std::string& pool, const OperatorRequest& request,
                                         std::chrono::seconds length) {
  const Call call{"PoolPause",
                  {pool, static_cast<uint64_t>(length.count()), request.by, request.why},
                  (length.count() > 0 ? "pausing the verdicts of pool " : "resuming the verdicts of pool ") + pool};
  return ask(call, read_pause);
}

Result<bool> RegistryClient::note_rejoin(const std::string& pool, const OperatorRequest& request) {
  const Call call{"ServerRejoin",
                  {pool, request.server, request.by, request.why},
                  "noting that " + request.server + " is to rejoin pool " + pool};
  return ask(call, read_rejoin);
}

Result<uint64_t> RegistryClient::pool_version(const std::string& pool) {
  const Call call{"PoolVersion", {pool}, "reading the version of pool " + pool};
  const auto sets = run(call);
  return sets ? number_of(sets.value(), call.attempt) : sets.error();
}

Result<PoolSnapshot> RegistryClient::list(const std::string& pool) {
  const Call call{"ServerList", {pool}, "listing pool " + pool};
  return ask(call, read_list);
}

Result<std::vector<AuditEntry>> RegistryClient::audit(const std::string& pool, const std::string& server,
                                                      unsigned limit) {
  const Call call{"AuditList", {pool, server, uint64_t{limit}}, "reading the audit of pool " + pool};
  return ask(call, read_audit);
}

Result<std::vector<AuditEntry>> RegistryClient::events(const std::string& pool, unsigned limit) {
  const Call call{"PoolEvents", {pool, uint64_t{limit}}, "reading the events of pool " + pool};
  return ask(call, read_audit);
}

Result<std::vector<RttReportRow>> RegistryClient::reports(const std::string& pool, unsigned limit) {
  const Call call{"PoolReports", {pool, uint64_t{limit}}, "reading the round trips of pool " + pool};
  return ask(call, read_reports);
}

Result<std::vector<Violation>> RegistryClient::verify(const std::string& pool) {
  const Call call{"ServerVerify", {pool}, "verifying pool " + pool};
  const size_t at = at_;
  auto usual = std::exchange(connection_, connection_->again(limits::registry_verify_timeout));
  auto violations = ask(call, read_violations);
  connection_ = std::move(usual);
  at_ = at;
  if (connection_->is_open()) {
    endpoints_.on_reached(at_);
  }
  return violations;
}

}  // namespace buddyring
