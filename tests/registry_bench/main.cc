// SPDX-License-Identifier: Apache-2.0
// `make bench-registry`: what ServerAnnounce, ServerDelete and ServerPick cost in pools
// of several sizes, and how that compares with a transaction of three rows written by
// hand. Exits with 0 only when the targets are met.
//
// Theory of operation. Each size has a database of its own in one throwaway MariaDB
// with the server's own settings, so that each commit is on disk before it is
// answered. In each turn a random server is deleted and announced again, and the
// same is done by hand; all of them and all sizes take turns, so that what else the
// machine does meets all alike.
//
// All is done from two places: over loopback, and from a round trip away (FarLink), where the
// servers of a pool are. By hand each statement is a round trip, while a procedure is one
// altogether. The growth is judged over loopback, where nothing hides it. Throughput is what
// clients reach that do nothing but change the ring (throughput.h); each number of them is judged,
// and so is what changes take from afar.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/lab/loaded_pool.h"
#include "tests/lab/mariadb.h"
#include "tests/registry_bench/called.h"
#include "tests/registry_bench/costs.h"
#include "tests/registry_bench/far_link.h"
#include "tests/registry_bench/hand_written.h"
#include "tests/registry_bench/throughput.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

constexpr const char* owner = "owner";
constexpr const char* password = "owner secret";
constexpr const char* pool = "bench";
constexpr unsigned turns = 3000;
constexpr unsigned turns_to_warm_up = 500;
constexpr unsigned verified_rows_max = 100'000;  // the walk takes its time
constexpr std::chrono::microseconds far_one_way{50};
constexpr double growth_max = 1.5;
constexpr double throughput_min = 0.7;

// From where the table is changed: one place's connections, and what they cost.
class Place {
 public:
  Place(const RegistryUrl& url, unsigned rows)
      : called_(url, password, pool),
        by_hand_(url, password, "by_hand", 1, rows, HandWritten::Manner::reads),
        blind_(url, password, "blind", 1, rows, HandWritten::Manner::knows) {}
  void take_turn(unsigned number);
  void forget() { costs_ = {}; }
  Costs costs() {
    costs_.sort();
    return costs_;
  }

 private:
  Called called_;
  HandWritten by_hand_;
  HandWritten blind_;
  Costs costs_;
};

// Deletes a server and announces it again, by all ways.
void Place::take_turn(unsigned number) {
  costs_.hand_delete.measure([&] { by_hand_.remove(number); });
  costs_.blind_delete.measure([&] { blind_.remove(number); });
  costs_.remove.measure([&] { called_.remove(number); });
  costs_.hand_insert.measure([&] { by_hand_.insert(number); });
  costs_.blind_insert.measure([&] { blind_.insert(number); });
  costs_.announce.measure([&] { called_.insert(number); });
  costs_.pick.measure([&] { called_.pick(); });
  costs_.ping.measure([&] { called_.ping(); });
}

void verify(lab::MariaDb& mariadb, const std::string& database) {
  const auto violations = mariadb.execute(std::string("CALL ServerVerify('") + pool + "')", database);
  if (!violations.empty()) {
    throw std::runtime_error("ServerVerify: " + violations[0][0] + " " + violations[0][1]);
  }
}

// What changes cost from either place.
struct Sides {
  Costs near;
  Costs far;
};

std::string database_of(unsigned rows) { return "rows_" + std::to_string(rows); }

void load(lab::MariaDb& mariadb, unsigned rows) {
  const std::string database = database_of(rows);
  mariadb.create_database(database);
  install_tables(mariadb.url(owner, database), password);
  lab::load_pool(mariadb, database, pool, rows);
  mariadb.execute_all(
      {"CREATE TABLE by_hand LIKE server", "INSERT INTO by_hand SELECT * FROM server", "CREATE TABLE blind LIKE server",
       "INSERT INTO blind SELECT * FROM server", "ANALYZE TABLE server, by_hand, blind"},
      database);
}

// A pool of one size, in a database of its own.
class Site {
 public:
  // REQUIRES load(). `far_port`: where the database is to be reached from afar.
  Site(const lab::MariaDb& mariadb, unsigned rows, uint16_t far_port)
      : rows_(rows),
        random_(rows),
        near_(url(mariadb, rows, mariadb.port()), rows),
        far_(url(mariadb, rows, far_port), rows) {}
  void take_turn() {
    near_.take_turn(static_cast<unsigned>(random_() % rows_) + 1);
    far_.take_turn(static_cast<unsigned>(random_() % rows_) + 1);
  }
  void forget() {
    near_.forget();
    far_.forget();
  }
  void verify_if_small(lab::MariaDb& mariadb) const {
    if (rows_ <= verified_rows_max) {
      verify(mariadb, database_of(rows_));
    }
  }
  [[nodiscard]] unsigned rows() const { return rows_; }
  Sides sides() { return {near_.costs(), far_.costs()}; }

 private:
  static RegistryUrl url(const lab::MariaDb& mariadb, unsigned rows, uint16_t port) {
    RegistryUrl url = mariadb.url(owner, database_of(rows));
    url.port = port;
    return url;
  }

  unsigned rows_;
  std::mt19937 random_;  // the same servers each time
  Place near_;
  Place far_;
};

std::map<unsigned, Sides> measure(lab::MariaDb& mariadb, const std::set<unsigned>& sizes) {
  const FarLink link(mariadb.port(), far_one_way);
  std::deque<Site> sites;
  for (const unsigned rows : sizes) {
    load(mariadb, rows);
    sites.emplace_back(mariadb, rows, link.port()).verify_if_small(mariadb);
  }
  for (unsigned turn = 0; turn < turns_to_warm_up + turns; ++turn) {
    for (Site& site : sites) {
      if (turn == turns_to_warm_up) {
        site.forget();
      }
      site.take_turn();
    }
  }
  std::map<unsigned, Sides> sides;
  for (Site& site : sites) {
    site.verify_if_small(mariadb);
    sides[site.rows()] = site.sides();
  }
  return sides;
}

void print_row(unsigned rows, const char* place, const char* what, const Times& times, const Times* by_hand) {
  std::printf("%8u  %-8s  %-8s  %8.0f  %8.0f", rows, place, what, times.quantile_us(0.5), times.quantile_us(0.99));
  if (by_hand != nullptr) {
    std::printf("  %8.0f  %8.0f  %6.2f  %6.2f", by_hand->quantile_us(0.5), by_hand->quantile_us(0.99),
                times.quantile_us(0.5) / by_hand->quantile_us(0.5),
                times.quantile_us(0.99) / by_hand->quantile_us(0.99));
  }
  std::printf("\n");
}

void print(unsigned rows, const char* place, const Costs& costs) {
  print_row(rows, place, "announce", costs.announce, &costs.hand_insert);
  print_row(rows, place, "delete", costs.remove, &costs.hand_delete);
  print_row(rows, place, "pick", costs.pick, nullptr);
  print_row(rows, place, "ping", costs.ping, nullptr);
  std::printf("%8u  %-8s  time by hand against a call's: %.2f; by who knows the buddies: %.2f\n", rows, place,
              costs.by_hand(), costs.blind());
}

bool judge(const std::map<unsigned, Sides>& sides, const std::vector<Throughput>& throughputs) {
  const auto& [least, small] = *sides.begin();
  const auto& [most, large] = *sides.rbegin();
  const double announce = large.near.announce.quantile_us(0.99) / small.near.announce.quantile_us(0.99);
  const double removal = large.near.remove.quantile_us(0.99) / small.near.remove.quantile_us(0.99);
  std::printf("p99 at %u rows against %u, over loopback: announce %.2f, delete %.2f (target: %.1f at most)\n", most,
              least, announce, removal, growth_max);
  double near = 1e9;
  double far = 1e9;
  for (const auto& [rows, costs] : sides) {
    near = std::min(near, costs.near.by_hand());
    far = std::min(far, costs.far.by_hand());
  }
  std::printf(
      "time by hand against a call's, at the least: from afar %.2f (target: %.1f at least), over loopback %.2f\n", far,
      throughput_min, near);
  for (const Throughput& one : throughputs) {
    std::printf(
        "clients: %u, one change after the other: %.0f changes a second, by hand %.0f: %.2f (target: %.1f at least)\n",
        one.clients, one.called, one.by_hand, one.ratio, throughput_min);
  }
  return announce <= growth_max && removal <= growth_max && far >= throughput_min &&
         std::ranges::all_of(throughputs, [](const Throughput& one) { return one.ratio >= throughput_min; });
}

std::string empty_folder() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "lab" / "registry_bench";
  fs::remove_all(folder);
  return folder;
}

bool run(const std::set<unsigned>& sizes) {
  lab::MariaDb mariadb(
      {.folder = empty_folder(), .buffer_pool_mib = 2048, .log_file_mib = 512, .commits_to_disk = true});
  mariadb.create_account(owner, password, "%", lab::MariaDb::Rights::all);
  std::printf("%8s  %-8s  %-8s  %8s  %8s  %8s  %8s  %6s  %6s\n", "rows", "from", "", "p50 us", "p99 us", "by hand",
              "p99", "ratio", "p99");
  const std::vector<Throughput> throughputs = measure_throughput(mariadb, owner, password);
  const std::map<unsigned, Sides> sides = measure(mariadb, sizes);
  for (const auto& [rows, costs] : sides) {
    print(rows, "loopback", costs.near);
    print(rows, "afar", costs.far);
  }
  return judge(sides, throughputs);
}

}  // namespace
}  // namespace buddyring

int main(int argc, char** argv) {
  std::set<unsigned> sizes;
  for (int i = 1; i < argc; ++i) {
    const unsigned long rows = std::strtoul(argv[i], nullptr, 10);
    if (rows < 3 || rows > buddyring::lab::loaded_servers_max) {
      std::fprintf(stderr, "usage: registry_bench ROWS..., each from 3 to %u\n", buddyring::lab::loaded_servers_max);
      return 2;
    }
    sizes.insert(static_cast<unsigned>(rows));
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return !sizes.empty() && buddyring::run(sizes) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "registry_bench: %s\n", error.what());
    return 1;
  }
}
