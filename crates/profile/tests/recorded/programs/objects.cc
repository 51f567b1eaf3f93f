// Templates, and objects that are made by new.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

template <typename Key, int Size> struct Store {
    struct Record {
        Key key;
        char room[Size];
    };
    std::vector<std::unique_ptr<Record>> records;

    __attribute__((noinline)) void grow(int count) {
        for (int i = 0; i < count; i++) records.emplace_back(new Record{Key(i), {}});
    }
};

struct Base {
    virtual ~Base() = default;
    virtual void work() = 0;
};

struct Words : Base {
    std::map<std::string, std::vector<std::string>> words;

    __attribute__((noinline)) void work() override {
        for (int i = 0; i < 3000; i++)
            words["a key that is too long for the small form " + std::to_string(i % 500)].push_back(
                std::string(2000, 'x'));
    }
};

static void rest() {
    std::puts("step");
    std::fflush(stdout);
    std::getchar();
}

int main() {
    std::puts("ready");
    std::fflush(stdout);
    std::getchar();
    Store<long, 1000> longs;
    longs.grow(8000);
    rest();
    Store<short, 4000> shorts;
    shorts.grow(2000);
    rest();
    std::unique_ptr<Base> words = std::make_unique<Words>();
    words->work();
    std::puts("done");
    std::fflush(stdout);
    while (std::getchar() != EOF) continue;
}
