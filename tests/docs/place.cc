// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/place.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>

#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring::docs {
namespace {

namespace fs = std::filesystem;

constexpr auto patience = std::chrono::seconds{60};
constexpr uint16_t database_port = 3306;
constexpr std::array members{"web-1", "web-2", "web-3"};
const std::map<std::string, std::string> addresses{
    {"web-1", "10.1.0.1"}, {"web-2", "10.1.0.2"},  {"web-3", "10.1.0.3"},
    {"web-4", "10.1.0.4"}, {"router", "10.1.0.8"}, {"db.example", "10.1.0.9"},
};

std::string folder_of(const std::string& host) { return "/run/hosts/" + host; }

// As docs/registry.md makes it.
void make_installer(lab::MariaDb& database) {
  for (const char* statement :
       {"CREATE DATABASE buddyring", "CREATE USER 'installer'@'%' IDENTIFIED BY 'sesame-for-the-installer'",
        "GRANT ALL ON buddyring.* TO 'installer'@'%' WITH GRANT OPTION",
        "GRANT CREATE USER ON *.* TO 'installer'@'%'"}) {
    database.execute(statement);
  }
}

// As docs/guide.md does it.
constexpr const char* install_table =
    "cd /etc/buddyring && buddyctl registry install --registry mysql://installer@db.example:3306/buddyring "
    "--registry-password-file installer-password "
    "--agent-account buddyd --agent-account-password-file registry-password "
    "--router-account buddyrouter --router-account-password-file router-password "
    "--operator-account operator --operator-account-password-file operator-password";

}  // namespace

Place::Place(const std::string& build)
    : build_(fs::absolute(build)), folder_(build_ + "/lab/docs"), network_(build_ + "/bpf/lossy.bpf.o") {
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  for (const auto& [name, address] : addresses) {
    hosts_[name] = std::make_unique<lab::Host>(network_, name, std::vector{address});
  }
  database_ = hosts_.at("db.example")->run([this] {
    return std::make_unique<lab::MariaDb>(lab::MariaDbSettings{
        .folder = folder_ + "/mariadb", .bind_address = addresses.at("db.example"), .port = database_port});
  });
}

Place::~Place() = default;

void Place::begin(const std::string& begins) {
  agents_.clear();
  keepers_.clear();
  for (const auto& [name, host] : hosts_) {
    furnish(name);
  }
  database_->execute("DROP DATABASE IF EXISTS buddyring");
  for (const char* account : {"installer", "buddyd", "buddyrouter", "operator"}) {
    database_->execute(std::string{"DROP USER IF EXISTS '"} + account + "'@'%'");
  }
  if (begins != "nothing") {
    make_installer(*database_);
  }
  if (begins == "pool") {
    make_pool();
  }
}

void Place::furnish(const std::string& name) {
  const std::string folder = folder_of(name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  auto& keeper = keepers_[name];
  keeper = std::make_unique<lab::Process>(
      hosts_.at(name)->inside(),
      lab::Command{.argv = {"unshare", "--mount", "--uts", "tests/docs/furnish", name, build_ + "/bin", folder}});
  if (!keeper->wait_line([](const std::string& line) { return line == "furnished"; }, Instant{}, patience)) {
    throw std::runtime_error("tests/docs/furnish " + name + ": " + keeper->err());
  }
}

lab::Command Place::command(const std::string& host, const std::string& script) const {
  return {.argv = {"nsenter", "--target=" + std::to_string(keepers_.at(host)->pid()), "--mount", "--uts", "env", "-i",
                   "HOME=" + folder_of(host) + "/home", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                   "LC_ALL=C.UTF-8", "bash", "-c", "cd; [ ! -f .session ] || . ./.session\n" + script},
          .log_path = folder_ + "/" + host + ".log"};
}

lab::Completed Place::type(const std::string& host, const std::string& script) {
  return run_to_end(hosts_.at(host)->inside(),
                    command(host, "trap '{ export -p; echo \"cd $PWD\"; } >~/.session' EXIT\nset -e\n" + script),
                    patience);
}

std::unique_ptr<lab::Process> Place::start(const std::string& host, const std::string& command_line) {
  return std::make_unique<lab::Process>(hosts_.at(host)->inside(), command(host, "exec " + command_line));
}

void Place::require(const std::string& host, const std::string& script) {
  std::string said;
  const bool done = lab::wait_until(
      [&] {
        const auto completed = type(host, script);
        said = completed.out + completed.err;
        return completed.exit == lab::Exit{.code = 0};
      },
      patience);
  if (!done) {
    throw std::runtime_error(host + ": " + script + ": " + said);
  }
}

void Place::make_pool() {
  require("web-1", install_table);
  for (const char* server : members) {
    agents_.push_back(start(server, "buddyd --config /etc/buddyring/buddyd.conf"));
  }
  for (const char* server : members) {
    require(server, "buddyctl status --json | jq -e '[.buddies[] | select(.rtt)] | length == 2'");
  }
  require("web-1", "cd; export BUDDYCTL_CONFIG=/etc/buddyring/buddyctl.conf; buddyctl verify");
}

}  // namespace buddyring::docs
