// SPDX-License-Identifier: Apache-2.0
// What buddyctl says on a terminal, which `script` plays, while a command lasts.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "shared_lab.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

class Progress : public PoolTest {
 protected:
  // buddyctl on a terminal of its own, and what was on that so far.
  [[nodiscard]] lab::Command on_terminal(const std::string& arguments) const {
    const lab::Lab& lab = SharedLab::get();
    return {.argv = {"script", "--quiet", "--flush", "--return", "--command",
                     lab.program("buddyctl") + " " + arguments + " --pool=" + pool.name() +
                         " --registry=" + lab.registry_url() + " --registry-password-file=" + lab.password_file(),
                     terminal_}};
  }
  [[nodiscard]] std::string shown() const {
    const std::ifstream file(terminal_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

 private:
  std::string terminal_ = SharedLab::get().log_path(pool.name() + "-terminal");
};

TEST_F(Progress, IsShownWhileTheTableDoesNotAnswer) {
  add_servers(2);
  lab::MariaDb& database = SharedLab::get().database();
  database.pause();
  lab::Process verify(SharedLab::get().client().inside(), on_terminal("verify"));
  const bool told =
      lab::wait_until([&] { return shown().find("verify: not done after ") != std::string::npos; }, event_timeout);
  database.resume();
  ASSERT_TRUE(told) << shown();
  ASSERT_TRUE(verify.wait_exit(event_timeout));
  // Whatever came of it stands where the progress was.
  const std::string out = shown();
  const size_t told_last = out.rfind("not done after ");
  const size_t wiped = out.find(" \r", told_last);
  ASSERT_NE(wiped, std::string::npos) << out;
  EXPECT_TRUE(out.find("is whole", wiped) != std::string::npos || out.find("buddyctl: ", wiped) != std::string::npos)
      << out;
}

TEST_F(Progress, IsForTerminalsAlone) {
  add_servers(1);
  lab::MariaDb& database = SharedLab::get().database();
  database.pause();
  // Its call is given up by itself, later than a progress would have been shown.
  const auto verify = SharedLab::get().buddyctl({"verify", "--pool=" + pool.name()});
  database.resume();
  EXPECT_EQ(verify.exit.code, 4) << verify.out;
  EXPECT_EQ(verify.err.find("not done after"), std::string::npos) << verify.err;
}

}  // namespace
}  // namespace buddyring::e2e
