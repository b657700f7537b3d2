// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/page_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "tests/docs/marks.h"
#include "tests/docs/place.h"
#include "tests/docs/visit.h"

namespace buddyring::docs {
namespace {

namespace fs = std::filesystem;

class PageTest : public testing::Test {
 public:
  explicit PageTest(Page page) : page_(std::move(page)) {}

  // For all pages.
  static void SetUpTestSuite() { place = std::make_unique<Place>(build_folder()); }
  static void TearDownTestSuite() { place.reset(); }

  void TestBody() override {
    place->begin(page_.words.contains("begins") ? page_.words.at("begins") : "nothing");
    Visit visit(page_, *place);
    for (const Block& block : page_.blocks) {
      if (!is_ours(block)) {
        continue;
      }
      if (const std::string wrong = visit.follow(block); !wrong.empty()) {
        ADD_FAILURE_AT(page_.path.c_str(), static_cast<int>(block.line)) << wrong;
        // What comes next in the page may rest on it.
        break;
      }
    }
    for (const Complaint& complaint : visit.leave()) {
      ADD_FAILURE_AT(page_.path.c_str(), static_cast<int>(complaint.line)) << complaint.text;
    }
  }

 private:
  inline static std::unique_ptr<Place> place;
  Page page_;
};

}  // namespace

std::string build_folder() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

void register_page_tests(const std::vector<Page>& pages) {
  for (const Page& page : pages) {
    if (std::ranges::any_of(page.blocks, is_ours)) {
      testing::RegisterTest("Page", fs::path(page.path).stem().c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [page] { return new PageTest(page); });
    }
  }
}

}  // namespace buddyring::docs
