// SPDX-License-Identifier: Apache-2.0
// buddyctl top in a real terminal, which tmux plays. What was on its screen is kept beside the
// lab's logs: top-80x24.txt and top-200x50.txt.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

class Top : public PoolTest {
 protected:
  Top()
      : PoolTest({.interval = "50ms"}),
        socket_(SharedLab::get().directory() + "/" + pool.name() + ".tmux"),
        server_(where(), {.argv = words({"-D"})}) {
    EXPECT_TRUE(lab::wait_until([this] { return tmux({"start-server"}).exit == ended_well; }, event_timeout))
        << server_.err();
  }

  // The session ends with the program.
  void start(const std::string& program) {
    const auto started = tmux({"new-session", "-d", "-s", "top", "-x", "80", "-y", "24", program});
    ASSERT_EQ(started.exit, ended_well) << started.err;
  }
  lab::Completed tmux(const std::vector<std::string>& command) {
    return lab::run_to_end(where(), {.argv = words(command)});
  }
  std::vector<std::string> screen() {
    std::istringstream text(tmux({"capture-pane", "-p", "-t", "top"}).out);
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) {
      lines.push_back(line);
    }
    return lines;
  }
  // The screen once it has so many rows and shows all of these; what it shows last when it never does.
  std::vector<std::string> screen_with(size_t rows, const std::vector<std::string>& parts) {
    std::vector<std::string> lines;
    const bool found = lab::wait_until(
        [&] {
          lines = screen();
          return lines.size() == rows && std::ranges::all_of(parts, [&](const std::string& part) {
                   return std::ranges::any_of(
                       lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
                 });
        },
        event_timeout);
    EXPECT_TRUE(found) << text_of(lines);
    return lines;
  }
  static std::string text_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
      text += line + "\n";
    }
    return text;
  }
  static void keep(const std::string& name, const std::vector<std::string>& lines) {
    std::ofstream(SharedLab::get().directory() + "/" + name) << text_of(lines);
  }

 private:
  static lab::NamespaceThread& where() { return SharedLab::get().client().inside(); }
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& command) const {
    std::vector<std::string> line{"env", "LC_ALL=C.UTF-8", "TERM=xterm", "tmux", "-S", socket_, "-f", "/dev/null"};
    line.insert(line.end(), command.begin(), command.end());
    return line;
  }

  std::string socket_;
  lab::Process server_;
};

TEST_F(Top, ShowsTheAgentFollowsTheTerminalAndEnds) {
  add_servers(3);
  const auto list = pool["s1"].own_list();
  ASSERT_TRUE(list);
  start(SharedLab::get().program("buddyctl") + " top --refresh=100ms --server=s1 --pool=" + pool.name());
  const std::vector<std::string> shown{"s1 of pool " + pool.name(), list->a, list->b, "p99", "█", "q ends"};
  const auto small = screen_with(24, shown);
  keep("top-80x24.txt", small);
  EXPECT_NE(small.back().find("q ends"), std::string::npos) << text_of(small);

  ASSERT_EQ(tmux({"resize-window", "-t", "top", "-x", "200", "-y", "50"}).exit, ended_well);
  const auto large = screen_with(50, shown);
  keep("top-200x50.txt", large);

  // A death is seen.
  pool[list->a].host().cut();
  all.erase(list->a);
  ASSERT_EQ(pool.settle(all), "");
  EXPECT_TRUE(
      lab::wait_until([&] { return text_of(screen()).find(list->a + "  10.") == std::string::npos; }, event_timeout))
      << text_of(screen());

  ASSERT_EQ(tmux({"send-keys", "-t", "top", "q"}).exit, ended_well);
  EXPECT_TRUE(lab::wait_until([this] { return tmux({"has-session", "-t", "top"}).exit.code != 0; }, event_timeout));
}

TEST_F(Top, NeedsATerminal) {
  add_servers(1);
  const auto refused = SharedLab::get().buddyctl({"top", "--pool=" + pool.name()});
  EXPECT_EQ(refused.exit.code, 1);
  EXPECT_NE(refused.err.find("terminal"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace buddyring::e2e
