module github.com/harrier-soar/harrier

go 1.26
