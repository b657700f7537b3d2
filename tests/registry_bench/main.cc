// SPDX-License-Identifier: Apache-2.0
// `make bench-registry`: what ServerAnnounce, ServerDelete and ServerPick cost in pools
// of several sizes, and how that compares with a transaction of three rows written by
// hand. Exits with 0 only when the targets are met.
//
// Theory of operation. Each size has a database of its own in one throwaway MariaDB
// with the server's own settings, so that each commit is on disk before it is
// answered. In each turn a random server is deleted and announced again, and the
// same is done by hand; all of them take turns, so that what else the machine does
// meets all alike.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "posix/clock.h"
#include "registry/client.h"
#include "registry/installer.h"
#include "tests/lab/loaded_pool.h"
#include "tests/lab/mariadb.h"
#include "tests/registry_bench/hand_written.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

constexpr const char* owner = "owner";
constexpr const char* password = "owner secret";
constexpr const char* pool = "bench";
constexpr unsigned turns = 3000;
constexpr unsigned turns_to_warm_up = 500;
constexpr unsigned verified_rows_max = 100'000;  // the walk takes its time
constexpr double growth_max = 1.5;
constexpr double throughput_min = 0.7;

template <class T>
T value_or_throw(Result<T> result) {
  return result ? std::move(result.value()) : throw std::runtime_error(result.error().message);
}

// How long each of a kind of call took.
class Times {
 public:
  template <class Work>
  void measure(const Work& work) {
    const Instant before = monotonic_now();
    work();
    each_.push_back(std::chrono::duration<double, std::micro>(monotonic_now() - before).count());
  }
  void sort() { std::ranges::sort(each_); }
  // REQUIRES sort().
  [[nodiscard]] double quantile_us(double q) const {
    return each_.at(static_cast<size_t>(q * static_cast<double>(each_.size() - 1)));
  }
  [[nodiscard]] double total_us() const {
    double sum = 0;
    for (const double one : each_) {
      sum += one;
    }
    return sum;
  }

 private:
  std::vector<double> each_;
};

struct Costs {
  Times announce;
  Times remove;
  Times pick;
  Times hand_insert;  // by a transaction that reads first
  Times hand_delete;
  Times blind_insert;  // by one that knows beforehand
  Times blind_delete;

  void sort() {
    for (Times* const times : {&announce, &remove, &pick, &hand_insert, &hand_delete, &blind_insert, &blind_delete}) {
      times->sort();
    }
  }
  // Changes of the ring in a second, against the same by hand.
  [[nodiscard]] double throughput() const {
    return (hand_insert.total_us() + hand_delete.total_us()) / (announce.total_us() + remove.total_us());
  }
  [[nodiscard]] double blind_throughput() const {
    return (blind_insert.total_us() + blind_delete.total_us()) / (announce.total_us() + remove.total_us());
  }
};

Server loaded_server(unsigned number) {
  return {.name = lab::loaded_name(number),
          .address = *Address::parse(lab::loaded_address(number)),
          .replace_port = 7946,
          .incarnation = 1};
}

// Deletes a random server and announces it again, by all ways.
void take_turn(RegistryClient& client, HandWritten& by_hand, HandWritten& blind, unsigned number, Costs& costs) {
  DeleteRequest removal;
  removal.server = lab::loaded_name(number);
  removal.accuser = "bench";
  removal.reason = DeleteReason::removed;
  const AnnounceRequest announcement{.server = loaded_server(number)};
  costs.hand_delete.measure([&] { by_hand.remove(number); });
  costs.blind_delete.measure([&] { blind.remove(number); });
  costs.remove.measure([&] {
    if (value_or_throw(client.remove(pool, removal)).outcome != DeleteReply::Outcome::deleted) {
      throw std::runtime_error(removal.server + " was not deleted");
    }
  });
  costs.hand_insert.measure([&] { by_hand.insert(number); });
  costs.blind_insert.measure([&] { blind.insert(number); });
  costs.announce.measure([&] { value_or_throw(client.announce(pool, announcement)); });
  costs.pick.measure([&] { value_or_throw(client.pick(pool)); });
}

void verify(lab::MariaDb& mariadb, const std::string& database) {
  const auto violations = mariadb.execute(std::string("CALL ServerVerify('") + pool + "')", database);
  if (!violations.empty()) {
    throw std::runtime_error("ServerVerify: " + violations[0][0] + " " + violations[0][1]);
  }
}

Costs measure(lab::MariaDb& mariadb, unsigned rows) {
  const std::string database = "rows_" + std::to_string(rows);
  mariadb.create_database(database);
  RegistryClient client(mariadb.url(owner, database), password);
  value_or_throw(install(client));
  lab::load_pool(mariadb, database, pool, rows);
  mariadb.execute_all(
      {"CREATE TABLE by_hand LIKE server", "INSERT INTO by_hand SELECT * FROM server", "CREATE TABLE blind LIKE server",
       "INSERT INTO blind SELECT * FROM server", "ANALYZE TABLE server, by_hand, blind"},
      database);
  if (rows <= verified_rows_max) {
    verify(mariadb, database);
  }
  const RegistryUrl url = mariadb.url(owner, database);
  HandWritten by_hand(url, password, "by_hand", 1, rows, HandWritten::Manner::reads);
  HandWritten blind(url, password, "blind", 1, rows, HandWritten::Manner::knows);
  std::mt19937 random(rows);  // NOLINT(bugprone-random-generator-seed): the same servers each time
  Costs warm_up;
  Costs costs;
  for (unsigned turn = 0; turn < turns_to_warm_up + turns; ++turn) {
    take_turn(client, by_hand, blind, static_cast<unsigned>(random() % rows) + 1,
              turn < turns_to_warm_up ? warm_up : costs);
  }
  if (rows <= verified_rows_max) {
    verify(mariadb, database);
  }
  mariadb.execute("DROP DATABASE " + database);
  costs.sort();
  return costs;
}

void print_row(unsigned rows, const char* what, const Times& times, const Times* by_hand) {
  std::printf("%8u  %-8s  %8.0f  %8.0f", rows, what, times.quantile_us(0.5), times.quantile_us(0.99));
  if (by_hand != nullptr) {
    std::printf("  %8.0f  %8.0f  %6.2f  %6.2f", by_hand->quantile_us(0.5), by_hand->quantile_us(0.99),
                times.quantile_us(0.5) / by_hand->quantile_us(0.5),
                times.quantile_us(0.99) / by_hand->quantile_us(0.99));
  }
  std::printf("\n");
}

void print(unsigned rows, const Costs& costs) {
  print_row(rows, "announce", costs.announce, &costs.hand_insert);
  print_row(rows, "delete", costs.remove, &costs.hand_delete);
  print_row(rows, "pick", costs.pick, nullptr);
  std::printf("%8u  changes a second against by hand: %.2f; against one that knows the buddies: %.2f\n", rows,
              costs.throughput(), costs.blind_throughput());
}

bool judge(const std::map<unsigned, Costs>& costs) {
  const auto& [least, small] = *costs.begin();
  const auto& [most, large] = *costs.rbegin();
  const double announce = large.announce.quantile_us(0.99) / small.announce.quantile_us(0.99);
  const double removal = large.remove.quantile_us(0.99) / small.remove.quantile_us(0.99);
  double throughput = 1e9;
  for (const auto& [rows, cost] : costs) {
    throughput = std::min(throughput, cost.throughput());
  }
  std::printf("p99 at %u rows against %u: announce %.2f, delete %.2f (target: %.1f at most)\n", most, least, announce,
              removal, growth_max);
  std::printf("least throughput against by hand: %.2f (target: %.1f at least)\n", throughput, throughput_min);
  return announce <= growth_max && removal <= growth_max && throughput >= throughput_min;
}

std::string empty_folder() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "lab" / "registry_bench";
  fs::remove_all(folder);
  return folder;
}

bool run(const std::vector<unsigned>& sizes) {
  lab::MariaDb mariadb(
      {.folder = empty_folder(), .buffer_pool_mib = 2048, .log_file_mib = 512, .commits_to_disk = true});
  mariadb.create_account(owner, password, "%", lab::MariaDb::Rights::all);
  std::printf("%8s  %-8s  %8s  %8s  %8s  %8s  %6s  %6s\n", "rows", "", "p50 us", "p99 us", "by hand", "p99", "ratio",
              "p99");
  std::map<unsigned, Costs> costs;
  for (const unsigned rows : sizes) {
    costs[rows] = measure(mariadb, rows);
    print(rows, costs[rows]);
  }
  return judge(costs);
}

}  // namespace
}  // namespace buddyring

int main(int argc, char** argv) {
  std::vector<unsigned> sizes;
  for (int i = 1; i < argc; ++i) {
    const unsigned long rows = std::strtoul(argv[i], nullptr, 10);
    if (rows < 3 || rows > buddyring::lab::loaded_servers_max) {
      std::fprintf(stderr, "usage: registry_bench ROWS..., each from 3 to %u\n", buddyring::lab::loaded_servers_max);
      return 2;
    }
    sizes.push_back(static_cast<unsigned>(rows));
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return !sizes.empty() && buddyring::run(sizes) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "registry_bench: %s\n", error.what());
    return 1;
  }
}
