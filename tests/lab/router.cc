// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/router.h"

#include <stdexcept>

#include "tests/lab/http.h"
#include "tests/lab/wait.h"

namespace buddyring::lab {
namespace {

constexpr auto answer_timeout = std::chrono::seconds{10};
constexpr auto learn_timeout = std::chrono::seconds{15};

Command command_of(Lab& lab, const std::string& pool, const std::vector<std::string>& options, Family family,
                   const std::vector<std::string>& through, const Endpoint& listen) {
  Command command{.argv = {lab.program("buddyrouter"), "--registry=" + lab.registry_url(family),
                           "--registry-password-file=" + lab.password_file(), "--pool=" + pool,
                           "--listen=" + listen.text(), "--target-port=" + std::to_string(Router::target_port)},
                  .log_path = lab.log_path(pool + ".router")};
  for (const std::string& option : options) {
    const std::string name = option.substr(0, option.find('=') + 1);
    std::erase_if(command.argv, [&](const std::string& word) { return !name.empty() && word.starts_with(name); });
    command.argv.push_back(option);
  }
  command.argv.insert(command.argv.begin(), through.begin(), through.end());
  return command;
}

}  // namespace

Router::Router(Lab& lab, const std::string& pool, const std::vector<std::string>& options, Family family,
               const std::vector<std::string>& through)
    : endpoint_{.address = Address::parse(lab.router().address(family)).value(), .port = listen_port},
      process_(lab.router().inside(), command_of(lab, pool, options, family, through, endpoint_)) {
  const bool answers = wait_until(
      [&] { return !process_.running() || http_get(lab.client(), endpoint_, "/.buddyring/healthz").has_value(); },
      answer_timeout);
  if (!answers || !process_.running()) {
    throw std::runtime_error("the router does not answer: " + process_.err());
  }
}

std::optional<Event> Router::wait_gone(const std::string& server, Instant since) {
  return process_.wait_event(
      [&](const Event& event) {
        return event.name == "gone" && event.value("server") == server && event.ts_ns >= to_ns(since);
      },
      learn_timeout);
}

}  // namespace buddyring::lab
