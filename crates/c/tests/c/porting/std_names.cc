// The plain names in C++, with and without std::, in whatever way the program was compiled.

#include "rule.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <crtdbg.h>
#include <malloc.h>
#include <new.h>
#include <windows.h>

// Whether a block is of the heap that the plain names stand for.
static bool is_ours(const void *block) {
#ifdef _DEBUG
    return _CrtReportBlockType(block) == _NORMAL_BLOCK;
#else
    return HeapSize(GetProcessHeap(), 0, block) != (SIZE_T)-1;
#endif
}

RULE(std_names_are_the_plain_names) {
    void *block = std::malloc(10);
    CHECK(is_ours(block));
    block = std::realloc(block, 20);
    CHECK(is_ours(block));
    free(block);
    block = calloc(2, 3);
    CHECK(is_ours(block));
    std::free(block);
    CHECK_EQUAL(_CrtDumpMemoryLeaks(), 0);
}

RULE(the_cxx_library_is_left_alone) {
    std::vector<std::string> texts(100, std::string(100, 'x'));
    std::unique_ptr<int[]> numbers(new int[1000]);
    CHECK(!is_ours(numbers.get()));
    CHECK_EQUAL(texts.back().size(), 100);
}

static int give_up(size_t) {
    return 0;
}

RULE(the_new_handler_of_new_h_is_heapmins) {
    CHECK(_set_new_handler(give_up) == nullptr);
    CHECK(_query_new_handler() == give_up);
    CHECK(_set_new_handler(nullptr) == give_up);
}

#ifdef _DEBUG
RULE(request_numbers_of_any_width_are_taken_in_cxx) {
    void *block = malloc(5);
    long request = 0;
    int32_t number = 0;
    CHECK(_CrtIsMemoryBlock(block, 5, &request, nullptr, nullptr));
    CHECK(_CrtIsMemoryBlock(block, 5, &number, nullptr, nullptr));
    CHECK(_CrtIsMemoryBlock(block, 5, nullptr, nullptr, nullptr));
    CHECK(request > 0);
    CHECK_EQUAL(request, number);
    free(block);
}
#endif
