#include "server.h"

int main(void)
{
    return server_run();
}
