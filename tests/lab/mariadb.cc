// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/mariadb.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mariadb/mysql.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <variant>

#include "core/result.h"
#include "tests/lab/child.h"
#include "tests/lab/wait.h"

namespace buddyring::lab {
namespace {

namespace fs = std::filesystem;

constexpr auto start_timeout = std::chrono::seconds{120};
constexpr int install_timeout_ms = 240'000;
constexpr int stop_timeout_ms = 20'000;
constexpr int kill_timeout_ms = 10'000;
constexpr std::streamoff end_of_log_bytes = 2000;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

Fd open_file(const std::string& path, int flags) {
  Fd file(open(path.c_str(), flags | O_CLOEXEC, 0644));
  if (!file.valid()) {
    fail("open " + path);
  }
  return file;
}

// Nobody else is known to take ports of `address` meanwhile; should one do so,
// start() says it.
uint16_t free_port(const std::string& address) {
  const Fd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  socklen_t size = sizeof name;
  name.sin_family = AF_INET;
  if (inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1 ||
      bind(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      getsockname(probe.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    fail("finding a free port of " + address);
  }
  return ntohs(name.sin_port);
}

struct MysqlCloser {
  void operator()(MYSQL* mysql) const { mysql_close(mysql); }
};
struct ResultFreer {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using Mysql = std::unique_ptr<MYSQL, MysqlCloser>;

// As root, through the socket file; or why that does not work (yet).
std::variant<Mysql, std::string> connect_root(const std::string& socket_path, const std::string& database) {
  Mysql mysql(mysql_init(nullptr));
  const unsigned timeout_s = 5;
  mysql_optionsv(mysql.get(), MYSQL_OPT_CONNECT_TIMEOUT, &timeout_s);
  if (mysql_real_connect(mysql.get(), "localhost", "root", "", database.c_str(), 0, socket_path.c_str(), 0) ==
      nullptr) {
    return mysql_error(mysql.get());
  }
  return mysql;
}

}  // namespace

MariaDb::MariaDb(MariaDbSettings settings) : settings_(std::move(settings)), arguments_(settings_.arguments) {
  settings_.folder = fs::absolute(settings_.folder);
  socket_path_ = settings_.folder + "/socket";
  if (settings_.data_folder.empty()) {
    settings_.data_folder = settings_.folder + "/data";
  }
  if (socket_path_.size() >= sizeof(sockaddr_un::sun_path)) {
    throw std::runtime_error("the folder's path is too long for a socket file in it: " + settings_.folder);
  }
  if (fs::exists(settings_.folder)) {
    throw std::runtime_error("the folder is there already, perhaps in use: " + settings_.folder);
  }
  fs::create_directories(settings_.folder + "/tmp");
  try {
    log_ = open_file(settings_.folder + "/log", O_WRONLY | O_CREAT | O_APPEND);
    null_ = open_file("/dev/null", O_RDONLY);
    initialise();
    if (settings_.port == 0) {
      settings_.port = free_port(settings_.bind_address);
    }
    start();
  } catch (...) {
    kill();
    throw;  // the folder stays: the log in it says why
  }
}

MariaDb::~MariaDb() {
  kill();  // its data goes anyway, so there is nothing to finish
  std::error_code ignored;
  fs::remove_all(settings_.folder, ignored);
}

pid_t MariaDb::run(const std::vector<std::string>& argv) {
  return fork_child({.argv = argv, .input = null_.get(), .out = log_.get(), .err = log_.get()});
}

void MariaDb::initialise() {
  pid_ = run({"mariadb-install-db", "--no-defaults", "--user=root", "--auth-root-authentication-method=normal",
              "--skip-test-db", "--skip-name-resolve", "--datadir=" + settings_.data_folder,
              "--tmpdir=" + settings_.folder + "/tmp"});
  if (!collect(install_timeout_ms) || exit_status_ != 0) {
    throw std::runtime_error("mariadb-install-db failed; see " + settings_.folder +
                             "/log; is the package mariadb-server-core installed?");
  }
}

void MariaDb::start() {
  BUDDYRING_ASSERT(pid_ < 0);
  std::vector<std::string> command{
      "mariadbd",
      "--no-defaults",
      "--user=root",
      "--datadir=" + settings_.data_folder,
      "--tmpdir=" + settings_.folder + "/tmp",
      "--socket=" + socket_path_,
      "--pid-file=" + settings_.folder + "/pid",
      "--bind-address=" + settings_.bind_address + (settings_.also_at.empty() ? "" : "," + settings_.also_at),
      "--port=" + std::to_string(settings_.port),
      "--skip-name-resolve",
      "--skip-log-bin",
      "--performance-schema=off",
      "--innodb-buffer-pool-size=" + std::to_string(settings_.buffer_pool_mib) + "M",
      "--innodb-log-file-size=" + std::to_string(settings_.log_file_mib) + "M",
      "--innodb-flush-log-at-trx-commit=" + std::string(settings_.commits_to_disk ? "1" : "2"),
      "--key-buffer-size=64K",
      "--max-connections=1000"};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  if (!settings_.environment.empty()) {
    command.insert(command.begin(), settings_.environment.begin(), settings_.environment.end());
    command.insert(command.begin(), "env");
  }
  pid_ = run(command);
  bool ended = false;
  const bool accepts = wait_until([&] { return accepts_connections() || (ended = collect(0)); }, start_timeout);
  if (!accepts || ended) {
    throw std::runtime_error("mariadbd did not start; see " + settings_.folder + "/log");
  }
}

void MariaDb::restart_with(std::vector<std::string> arguments) {
  stop();
  arguments_ = std::move(arguments);
  start();
}

void MariaDb::stop() {
  if (pid_ >= 0) {
    ::kill(pid_, SIGTERM);
    if (!collect(stop_timeout_ms)) {
      throw std::runtime_error("mariadbd did not stop; see " + settings_.folder + "/log");
    }
  }
}

void MariaDb::kill() {
  if (pid_ >= 0) {
    ::kill(pid_, SIGKILL);
    (void)collect(kill_timeout_ms);
  }
}

void MariaDb::pause() {
  BUDDYRING_ASSERT(pid_ >= 0);
  ::kill(pid_, SIGSTOP);
  // Until the last of its threads has stopped, it still answers.
  siginfo_t stopped{};
  waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED);
}

void MariaDb::resume() {
  BUDDYRING_ASSERT(pid_ >= 0);
  ::kill(pid_, SIGCONT);
}

bool MariaDb::collect(int poll_timeout_ms) {
  const Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  pollfd watched{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (poll(&watched, 1, poll_timeout_ms) != 1 || waitpid(pid_, &exit_status_, 0) != pid_) {
    return false;
  }
  pid_ = -1;
  return true;
}

bool MariaDb::accepts_connections() const { return std::holds_alternative<Mysql>(connect_root(socket_path_, "")); }

RegistryUrl MariaDb::url(const std::string& user, const std::string& database) const {
  return {.user = user, .host = settings_.bind_address, .port = settings_.port, .database = database};
}

void MariaDb::create_database(const std::string& name) { execute("CREATE DATABASE `" + name + "`"); }

void MariaDb::create_account(const std::string& user, const std::string& password, const std::string& database,
                             Rights rights) {
  execute("CREATE USER '" + user + "'@'%' IDENTIFIED BY '" + password + "'");
  execute("GRANT " + std::string(rights == Rights::all ? "ALL" : "EXECUTE") + " ON `" + database + "`.* TO '" + user +
          "'@'%'");
}

std::string MariaDb::end_of_log() const {
  std::ifstream log(settings_.folder + "/log", std::ios::binary | std::ios::ate);
  log.seekg(std::max<std::streamoff>(log.tellg() - end_of_log_bytes, 0));
  return {std::istreambuf_iterator<char>(log), {}};
}

MariaDb::Rows MariaDb::execute(const std::string& sql, const std::string& database) {
  return execute_all({sql}, database);
}

MariaDb::Rows MariaDb::execute_all(const std::vector<std::string>& statements, const std::string& database) {
  const auto connected = connect_root(socket_path_, database);
  if (const auto* const why = std::get_if<std::string>(&connected)) {
    throw std::runtime_error("no connection to MariaDB through " + socket_path_ + ": " + *why +
                             "; its log ends with:\n" + end_of_log());
  }
  const auto& mysql = std::get<Mysql>(connected);
  Rows rows;
  for (const std::string& sql : statements) {
    int more = mysql_real_query(mysql.get(), sql.data(), sql.size());
    // A procedure has several results, and is done only when all were read.
    for (; more == 0; more = mysql_next_result(mysql.get())) {
      const std::unique_ptr<MYSQL_RES, ResultFreer> result(mysql_store_result(mysql.get()));
      while (MYSQL_ROW row = result ? mysql_fetch_row(result.get()) : nullptr) {
        auto& cells = rows.emplace_back();
        for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) {
          cells.emplace_back(row[i] == nullptr ? "NULL" : row[i]);
        }
      }
    }
    if (more > 0) {
      throw std::runtime_error(std::string(mysql_error(mysql.get())) + " in: " + sql);
    }
  }
  return rows;
}

}  // namespace buddyring::lab
