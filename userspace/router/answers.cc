// SPDX-License-Identifier: Apache-2.0
#include "router/answers.h"

#include <nlohmann/json.hpp>

#include "posix/clock.h"
#include "router/redirect.h"

namespace buddyring {
namespace {

using Json = nlohmann::ordered_json;

// Everything below is the router's own and is never passed on.
constexpr std::string_view own_prefix = "/.buddyring/";

Answer json_answer(unsigned status, const Json& body) {
  // Error texts may hold bytes that are no UTF-8; they are replaced, not thrown over.
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

Answer try_later(const std::string& message) {
  Answer answer = error_answer(503, "no_server", message);
  answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

const char* text_of(EndpointState state) {
  switch (state) {
    case EndpointState::reached:
      return "reached";
    case EndpointState::standby:
      return "standby";
    case EndpointState::failed:
      return "failed";
    case EndpointState::unknown:
      break;
  }
  return "unknown";
}

void add_view(Json& body, const View& view, Instant now) {
  body["version"] = view.pool != nullptr ? view.pool->table.version : 0;
  body["age_ns"] = view.pool != nullptr ? Json((now - view.confirmed).count()) : Json(nullptr);
  const auto paused_until = view.pool != nullptr ? view.pool->paused_until : std::nullopt;
  const bool paused = paused_until && *paused_until > now;
  body["paused_left_ns"] = paused ? Json((*paused_until - now).count()) : Json(nullptr);
}

}  // namespace

Answers::Answers(Options options, const PoolView& view, const Log& log)
    : options_(std::move(options)), view_(view), log_(log), dice_(std::random_device{}()) {}

Answer Answers::answer(const Question& question) {
  Answer answer = find_answer(question);
  if (options_.access_log) {
    const bool sent_on = answer.status == 307;
    log_.info("access",
              {{"client", question.client.text()},
               {"method", question.method},
               {"target", question.target},
               {"status", answer.status},
               {"location", sent_on ? answer.headers.front().second : std::string{}}},
              monotonic_now());
  }
  return answer;
}

Answer Answers::find_answer(const Question& question) {
  switch (judge_target(question.target)) {
    case Target::too_long:
      return error_answer(414, "target_too_long", "the request target is too long");
    case Target::malformed:
      return error_answer(400, "bad_target", "the request target holds a blank, a control character or a fragment");
    case Target::acceptable:
      break;
  }
  const auto view = view_.get();
  const Instant now = monotonic_now();
  const std::string path = path_of(question.target);
  if (path.starts_with(own_prefix)) {
    return own_page(question.method, path.substr(0, path.find('?')), *view, now);
  }
  return redirect(question, *view, now);
}

Answer Answers::redirect(const Question& question, const View& view, Instant now) {
  if (view.pool == nullptr || view.pool->lots.count() == 0) {
    return try_later("no server of pool " + options_.pool + " is alive");
  }
  if (!view.fresh(now, options_.max_staleness)) {
    return try_later("the server table has not confirmed the pool for too long");
  }
  const Server& server = choose(question, *view.pool);
  // Location comes first, for the access log.
  Answer answer{307,
                {{"Location", location(options_.scheme, server.address, options_.target_port, question.target)},
                 {"Cache-Control", "no-store"}},
                ""};
  if (options_.sticky == Sticky::cookie && question.cookie != server.name) {
    // A name is made of letters, digits, '.', '_' and '-': nothing to be quoted.
    answer.headers.emplace_back("Set-Cookie",
                                std::string{sticky_cookie} + "=" + server.name + "; Path=/; HttpOnly; SameSite=Lax");
  }
  return answer;
}

const Server& Answers::choose(const Question& question, const ClientPool& pool) {
  const std::vector<ServerRow>& servers = pool.table.servers;
  if (options_.sticky == Sticky::address) {
    return server_for(servers, question.client);
  }
  if (options_.sticky == Sticky::cookie) {
    if (const Server* const named = server_named(servers, question.cookie)) {
      return *named;
    }
  }
  return servers[pool.lots.holder(draw(pool.lots.count()))].server;
}

Answer Answers::own_page(std::string_view method, std::string_view path, const View& view, Instant now) const {
  const std::string_view page = path.substr(own_prefix.size());
  if (page != "servers" && page != "healthz") {
    return error_answer(404, "not_found", "there are /.buddyring/servers and /.buddyring/healthz");
  }
  if (method != "GET" && method != "HEAD") {
    return only_reading();
  }
  return page == "servers" ? list_servers(view, now) : health(view, now);
}

Answer Answers::list_servers(const View& view, Instant now) const {
  Json body{{"pool", options_.pool}};
  add_view(body, view, now);
  body["servers"] = Json::array();
  if (view.pool != nullptr) {
    for (const ServerRow& row : view.pool->table.servers) {
      body["servers"].push_back({{"name", row.server.name},
                                 {"address", row.server.address.text()},
                                 {"port", options_.target_port},
                                 {"incarnation", row.server.incarnation},
                                 {"weight", row.weight}});
    }
  }
  return json_answer(200, body);
}

Answer Answers::health(const View& view, Instant now) const {
  const bool fresh = view.fresh(now, options_.max_staleness);
  Json body{{"status", fresh ? "ok" : "stale"}, {"pool", options_.pool}};
  add_view(body, view, now);
  body["servers"] = view.pool != nullptr ? view.pool->table.servers.size() : 0;
  body["registry"] = {{"state", view.registry_reached ? "reached" : "lost"}};
  if (!view.registry_reached) {
    body["registry"]["why"] = view.registry_error;
  }
  body["registry"]["endpoints"] = Json::array();
  for (size_t index = 0; index < view.endpoints.size(); ++index) {
    const Endpoints::Entry& entry = view.endpoints[index];
    body["registry"]["endpoints"].push_back(
        {{"where", options_.endpoints.at(index)}, {"state", text_of(entry.state)}, {"failures", entry.failures}});
  }
  return json_answer(fresh ? 200 : 503, body);
}

uint64_t Answers::draw(uint64_t count) {
  const std::lock_guard lock{dice_mutex_};
  return std::uniform_int_distribution<uint64_t>{0, count - 1}(dice_);
}

}  // namespace buddyring
