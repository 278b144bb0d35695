namespace Understudy.Lab;
