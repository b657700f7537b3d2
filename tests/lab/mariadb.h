// SPDX-License-Identifier: Apache-2.0
// MariaDb: a throwaway MariaDB server.
//
// Theory of operation. It has a data folder of its own, which nobody else uses
// and which goes when it goes. Its processes are forked by the thread that calls
// the constructor or start(): they run in that thread's network namespace and
// the kernel kills them when that thread ends. The lab itself talks to it
// as root through a socket file, which reaches it in any network namespace.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/registry_url.h"
#include "posix/fd.h"

namespace buddyring::lab {

struct MariaDbSettings {
  // Made here, removed at the end; must not exist. Its absolute path is at most
  // 100 bytes, since the path of a socket file is limited.
  std::string folder;
  std::string data_folder = "";  // where its data is; must not exist, either; "": in `folder`
  std::string bind_address = "127.0.0.1";
  std::string also_at = "";  // a second address; "": none
  uint16_t port = 0;         // 0: one that is free now
  unsigned buffer_pool_mib = 32;
  unsigned log_file_mib = 16;
  // Each commit on disk before it is answered, which is MariaDB's own setting. Else the
  // kernel has it, and it survives the end of MariaDB but not of the machine.
  bool commits_to_disk = false;
  std::vector<std::string> arguments{};    // besides those of every lab
  std::vector<std::string> environment{};  // NAME=VALUE, besides this process's
};

class MariaDb {
 public:
  enum class Rights {
    execute,  // call the procedures, and nothing else: an agent's account
    all,      // on the database: an installer's account
  };

  // Makes an empty server and starts it. Throws std::runtime_error.
  explicit MariaDb(MariaDbSettings settings);
  ~MariaDb();
  MariaDb(const MariaDb&) = delete;
  MariaDb& operator=(const MariaDb&) = delete;

  // Returns when it accepts connections, again on the same data and port.
  // Throws std::runtime_error. REQUIRES that it does not run.
  void start();
  // Ends it and starts it again, with these arguments besides.
  void restart_with(std::vector<std::string> arguments);
  // By SIGTERM, as an operator does it; waits for its end.
  void stop();
  // By SIGKILL, as a crash does it.
  void kill();
  // By SIGSTOP and SIGCONT: connections stay, nothing is answered.
  void pause();
  void resume();

  [[nodiscard]] const std::string& bind_address() const { return settings_.bind_address; }
  [[nodiscard]] uint16_t port() const { return settings_.port; }
  [[nodiscard]] RegistryUrl url(const std::string& user, const std::string& database) const;

  void create_database(const std::string& name);
  // `database` must exist; the account may connect from anywhere.
  void create_account(const std::string& user, const std::string& password, const std::string& database, Rights rights);

  // Runs one statement as root. Rows of all its results as text, NULL as "NULL". Throws
  // std::runtime_error with MariaDB's message.
  using Rows = std::vector<std::vector<std::string>>;
  Rows execute(const std::string& sql, const std::string& database = "");
  // The same, one after the other on one connection, for what does not fit into one.
  Rows execute_all(const std::vector<std::string>& statements, const std::string& database);

 private:
  void initialise();
  [[nodiscard]] bool accepts_connections() const;
  // The folder goes with the server, and its log with it.
  [[nodiscard]] std::string end_of_log() const;
  // Waits for the end of the process; false when it did not come in time.
  bool collect(int poll_timeout_ms);
  [[nodiscard]] pid_t run(const std::vector<std::string>& argv);

  MariaDbSettings settings_;
  std::vector<std::string> arguments_;
  std::string socket_path_;
  Fd log_;
  Fd null_;
  pid_t pid_ = -1;
  int exit_status_ = 0;
};

}  // namespace buddyring::lab
