// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/lab.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <stdexcept>

namespace buddyring::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* registry_address = "10.77.255.1";
constexpr const char* registry_address_v6 = "2001:db8::255:1";
constexpr uint16_t registry_port = 3306;
constexpr const char* database_name = "buddyring";
constexpr const char* installer = "installer";  // all rights on the database
constexpr const char* agent = "agent";          // EXECUTE, nothing else
constexpr const char* password = "throwaway";   // reaches nothing outside of the lab
constexpr unsigned hosts_max = 250 * 250;

// The binary of a lab is build/tests/NAME.
fs::path own_binary() { return fs::read_symlink("/proc/self/exe"); }

std::string build_directory() { return own_binary().parent_path().parent_path(); }

std::string hexadecimal(unsigned number) {
  std::array<char, 8> digits{};
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr};
}

std::string empty_directory(const std::string& build) {
  const fs::path directory = fs::path(build) / "lab" / own_binary().filename();
  fs::remove_all(directory);
  fs::create_directories(directory);
  return directory;
}

}  // namespace

Lab::Lab()
    : build_(build_directory()),
      directory_(empty_directory(build_)),
      switch_(bpf_object("lossy")),
      registry_(
          std::make_unique<Host>(switch_, "registry", std::vector<std::string>{registry_address, registry_address_v6})),
      router_(std::make_unique<Host>(switch_, "router", std::vector<std::string>{"10.77.255.2", "2001:db8::255:2"})),
      client_(std::make_unique<Host>(switch_, "client", std::vector<std::string>{"10.77.255.3", "2001:db8::255:3"})) {
  database_ = registry_->run([this] {
    return std::make_unique<MariaDb>(MariaDbSettings{.folder = directory_ + "/mariadb",
                                                     .bind_address = registry_address,
                                                     .also_at = registry_address_v6,
                                                     .port = registry_port});
  });
  make_file(password_file(), password);
  install_table(*database_);
  table_ = client_of(registry_url());
}

void Lab::install_table(MariaDb& database) {
  database.create_database(database_name);
  database.create_account(installer, password, database_name, MariaDb::Rights::all);
  database.create_account(agent, password, database_name, MariaDb::Rights::execute);
  const Completed install =
      run_to_end(client_->inside(), {.argv = {program("buddyctl"), "registry", "install",
                                              "--registry=" + database.url(installer, database_name).text(),
                                              "--registry-password-file=" + password_file()}});
  if (install.exit != Exit{.code = 0, .signal = 0}) {
    throw std::runtime_error("buddyctl registry install: " + install.err);
  }
}

RegistryUrl Lab::registry_url_of(const MariaDb& database) { return database.url(agent, database_name); }

std::unique_ptr<RegistryClient> Lab::client_of(const std::string& registry) {
  return std::make_unique<RegistryClient>(parse_registry_urls(registry).value(), password);
}

Lab::~Lab() {
  // A connection belongs to the thread that opened it.
  registry_->run([this] { table_.reset(); });
}

std::unique_ptr<Host> Lab::new_host(const std::string& name, Family family) {
  BUDDYRING_ASSERT(hosts_ < hosts_max);
  const unsigned number = hosts_++;
  const std::string address = family == Family::ipv4
                                  ? "10.77." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1)
                                  : "2001:db8::1:" + hexadecimal(number + 1);
  return std::make_unique<Host>(switch_, name + "." + std::to_string(number), std::vector<std::string>{address});
}

std::string Lab::new_pool_name() { return "pool-" + std::to_string(++pools_); }

std::string Lab::registry_url(Family family) const {
  RegistryUrl url = registry_url_of(*database_);
  url.host = registry_->address(family);
  return url.text();
}

std::string Lab::password_file() const { return directory_ + "/password"; }

void Lab::stop_registry() {
  database_->stop();
  registry_runs_ = false;
}

void Lab::start_registry() {
  if (!registry_runs_) {
    registry_->run([this] { database_->start(); });
    registry_runs_ = true;
  }
}

Completed Lab::buddyctl(std::vector<std::string> arguments, Family family) {
  const bool is_local = !arguments.empty() && arguments.front() == "status";
  arguments.insert(arguments.begin(), program("buddyctl"));
  if (!is_local) {
    arguments.push_back("--registry=" + registry_url(family));
    arguments.push_back("--registry-password-file=" + password_file());
  }
  return run_to_end(client_->inside(), {.argv = std::move(arguments)});
}

}  // namespace buddyring::lab
